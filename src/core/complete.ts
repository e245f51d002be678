/** `complete<T>()(names)`: the names as they are. It does not compile where one of the union `T` is left out, and says which. */
export const complete =
  <T extends string>() =>
  <const N extends readonly T[]>(
    names: N & ([Exclude<T, N[number]>] extends [never] ? unknown : { leftOut: Exclude<T, N[number]> }),
  ): N =>
    names;
