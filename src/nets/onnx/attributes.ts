/** The fields of an ONNX node. */
import type { FprincipleError } from '../../core/errors.js';
import type { OnnxNode } from './format.js';

/** The fields of a node, each read once; one that nobody read is refused. */
export class Attributes {
  readonly #left: Map<string, NonNullable<OnnxNode['attribute']>[number]>;

  constructor(
    { attribute = [] }: OnnxNode,
    readonly refused: (reason: string) => FprincipleError,
  ) {
    this.#left = new Map(attribute.map((one) => [one.name, one]));
  }

  #take(name: string) {
    const one = this.#left.get(name);
    this.#left.delete(name);
    return one;
  }

  int(name: string, otherwise: number): number {
    return this.#take(name)?.i ?? otherwise;
  }

  float(name: string, otherwise: number): number {
    const value = this.#take(name)?.f;
    // Written in single precision: 0.01 is 0.009999999776.
    return value === undefined ? otherwise : Number(value.toPrecision(7));
  }

  text(name: string): string | undefined {
    const bytes = this.#take(name)?.s;
    return bytes && Buffer.from(bytes).toString('utf8');
  }

  ints(name: string): number[] | undefined {
    return this.#take(name)?.ints;
  }

  /** A field that has to have one of these values, the first by default. */
  only(name: string, ...values: number[]): void {
    const got = this.int(name, values[0]!);
    if (!values.includes(got)) throw this.refused(`${name}: expected ${values.join(' or ')}, got ${got}`);
  }

  done(): void {
    const [left] = this.#left.keys();
    if (left !== undefined) throw this.refused(`${left}: is not read`);
  }
}
