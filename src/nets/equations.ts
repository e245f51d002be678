/**
 * Equations by their names: the formulas that the losses of equations take. `variables` are the names of the inputs; with a
 * time, it is the last one.
 */
import { invalidArgument } from '../core/errors.js';
import { describe } from '../core/ndarray.js';

/** Names of the inputs, in their order. */
export type Variables = readonly string[];

function checked(variables: Variables, least = 1): Variables {
  if (
    Array.isArray(variables) &&
    variables.length >= least &&
    variables.every((name) => typeof name === 'string' && name !== '')
  ) {
    return variables;
  }
  throw invalidArgument(`variables: expected at least ${least} names of inputs, got ${describe(variables)}`);
}

const laplacian = (space: Variables): string => space.map((x) => `u_${x}${x}`).join(' + ');
const less = (right: string | number): string => ` - (${right})`;

/** `-Laplace u = source`. */
export const poisson = (variables: Variables = ['x'], source: string | number = 0): string =>
  `-(${laplacian(checked(variables))})${less(source)}`;

/** `Laplace u + k^2 u = source`. */
export const helmholtz = (variables: Variables, k: string | number, source: string | number = 0): string =>
  `${laplacian(checked(variables))} + (${k})^2 * u${less(source)}`;

/** `u_t - kappa Laplace u = source`. */
export const heat = (
  variables: Variables = ['x', 't'],
  kappa: string | number = 1,
  source: string | number = 0,
): string => `u_${checked(variables, 2).at(-1)!} - (${kappa}) * (${laplacian(variables.slice(0, -1))})${less(source)}`;

/** `u_t + velocity . grad u = source`, one number (or formula) of velocity for each variable but the time. */
export function advection(
  variables: Variables,
  velocity: readonly (string | number)[],
  source: string | number = 0,
): string {
  const space = checked(variables, 2).slice(0, -1);
  if (!Array.isArray(velocity) || velocity.length !== space.length) {
    throw invalidArgument(`velocity: expected ${space.length} numbers or formulas, got ${describe(velocity)}`);
  }
  const along = space.map((x, i) => `(${velocity[i]}) * u_${x}`);
  return `u_${variables.at(-1)!} + ${along.join(' + ')}${less(source)}`;
}

/** `u_tt - speed^2 Laplace u = source`. */
export const wave = (
  variables: Variables = ['x', 't'],
  speed: string | number = 1,
  source: string | number = 0,
): string => {
  const t = checked(variables, 2).at(-1)!;
  return `u_${t}${t} - (${speed})^2 * (${laplacian(variables.slice(0, -1))})${less(source)}`;
};

/** `u_t + u u_x - nu u_xx`. */
export const burgers = (variables: Variables = ['x', 't'], nu: string | number = 'nu'): string => {
  const [x, t] = checked(variables, 2);
  return `u_${t} + u * u_${x} - (${nu}) * u_${x}${x}`;
};

/** `u_t - diffusion u_xx + reaction (u^3 - u)`. */
export const allenCahn = (
  variables: Variables = ['x', 't'],
  diffusion: string | number = 1e-4,
  reaction: string | number = 5,
): string => {
  const [x, t] = checked(variables, 2);
  return `u_${t} - (${diffusion}) * u_${x}${x} + (${reaction}) * (u^3 - u)`;
};

/** `u_t + 6 u u_x + u_xxx`. */
export const kortewegDeVries = (variables: Variables = ['x', 't']): string => {
  const [x, t] = checked(variables, 2);
  return `u_${t} + 6 * u * u_${x} + u_${x}${x}${x}`;
};
