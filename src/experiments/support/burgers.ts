/**
 * Burgers' equation `u_t + u u_x = nu u_xx` on [-1, 1] with u(x, 0) = -sin(pi x), in closed form (Cole 1951, Hopf 1950): with
 * `f(y) = exp(-cos(pi y) / (2 pi nu))`,
 *
 *     u(x, t) = - E[sin(pi (x - s)) f(x - s)] / E[f(x - s)],  s normal with variance 2 nu t,
 *
 * the expectations by Gauss and Hermite's rule (Basdevant et al. 1986).
 */
import { eigh } from '../../linalg/index.js';

/**
 * Nodes and weights for expectations over N(0, 1): eigenvalues of the Jacobi matrix (Golub and Welsch 1969), and one by the sum of
 * squares of the orthonormal Hermite polynomials at a node. (Squares of the eigenvectors' first components have no digits where
 * they are far out, and there a narrow shock has its two sides from.)
 */
async function normalRule(count: number): Promise<{ node: number; weight: number }[]> {
  const jacobi = Array.from({ length: count }, (_, i) =>
    Array.from({ length: count }, (_, j) => (Math.abs(i - j) === 1 ? Math.sqrt(Math.max(i, j)) : 0)),
  );
  const { values } = await eigh(jacobi);
  return Array.from(values.data, (node) => {
    let [before, own, sum] = [0, 1, 1];
    for (let j = 0; j + 1 < count; j++) {
      [before, own] = [own, (node * own - Math.sqrt(j) * before) / Math.sqrt(j + 1)];
      sum += own ** 2;
    }
    return { node, weight: 1 / sum };
  });
}

/** The solution as a function of x and t. */
export async function burgersSolution(nu: number): Promise<(x: number, t: number) => number> {
  const rule = await normalRule(120);
  return (x, t) => {
    let [above, below] = [0, 0];
    for (const { node, weight } of rule) {
      const y = x - Math.sqrt(2 * nu * t) * node;
      // Relative to its largest value, which may be far beyond any number.
      const f = weight * Math.exp(-(1 + Math.cos(Math.PI * y)) / (2 * Math.PI * nu) + 1 / (Math.PI * nu));
      above += Math.sin(Math.PI * y) * f;
      below += f;
    }
    return -above / below;
  };
}
