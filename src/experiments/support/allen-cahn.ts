/**
 * The Allen-Cahn equation `u_t = d u_xx + r (u - u^3)`, periodic on [-1, 1], by Fourier modes: diffusion exactly, in the modes, by
 * its exponential; reaction by Runge and Kutta's fourth order between (integrating factors, Lawson 1967). The cube is taken at
 * the points; modes beyond two thirds of Nyquist's are left out of it, as it would fold them back (Orszag 1971).
 */
import { irfft, rfft } from '../../spectrum/index.js';

/** An equation, where it starts, and how finely it is solved. */
export interface AllenCahn {
  /** d, in units of [-1, 1] squared by time. */
  diffusivity: number;
  /** r, by time. */
  rate: number;
  /** u at t = 0, periodic. */
  initial(x: number): number;
  /** Ascending, evenly spaced, from 0 on. */
  times: readonly number[];
  /** Points of the grid `x_i = -1 + 2 i / points`. Default 512. */
  points?: number;
  /** Steps of the method from one time to the next. Default 10. */
  steps?: number;
}

/** Complex amplitudes by mode. */
interface Modes {
  re: Float64Array;
  im: Float64Array;
}

/** u on the grid at every one of the times. */
export function allenCahnSolution(problem: AllenCahn): Float64Array[] {
  const { diffusivity, rate, initial, times, points = 512, steps = 10 } = problem;
  const half = points / 2 + 1;
  const dt = ((times[1] ?? 0) - (times[0] ?? 0)) / steps;
  // Over half a step, by mode, and what of the reaction is kept.
  const decay = Float64Array.from({ length: half }, (_, k) => Math.exp((-diffusivity * (Math.PI * k) ** 2 * dt) / 2));
  const kept = Float64Array.from({ length: half }, (_, k) => (k > points / 3 ? 0 : 1));

  const each = (u: Modes, f: (part: Float64Array) => Float64Array): Modes => ({ re: f(u.re), im: f(u.im) });
  const scaled = (u: Modes, factors: Float64Array): Modes =>
    each(u, (part) => part.map((v, k) => v * (factors[k] ?? 0)));
  const damped = (u: Modes): Modes => scaled(u, decay);
  const plus = (a: Modes, b: Modes, factor: number): Modes => ({
    re: a.re.map((v, k) => v + factor * (b.re[k] ?? 0)),
    im: a.im.map((v, k) => v + factor * (b.im[k] ?? 0)),
  });
  const modes = (values: Float64Array): Modes => {
    const { re, im } = rfft(values);
    return { re: Float64Array.from(re), im: Float64Array.from(im) };
  };
  const values = ({ re, im }: Modes) => Float64Array.from(irfft({ re, im, shape: [half] }, points).data);
  const reaction = (u: Modes): Modes => scaled(modes(values(u).map((v) => rate * (v - v * v * v))), kept);

  let u = modes(Float64Array.from({ length: points }, (_, i) => initial(-1 + (2 * i) / points)));
  return times.map((_, place) => {
    for (let step = 0; place > 0 && step < steps; step++) {
      const halfway = damped(u);
      const whole = damped(halfway);
      const a = damped(reaction(u));
      const b = reaction(plus(halfway, a, dt / 2));
      const c = reaction(plus(halfway, b, dt / 2));
      const d = reaction(plus(whole, damped(c), dt));
      const middle = damped(plus(plus(a, b, 2), c, 2));
      u = plus(plus(whole, middle, dt / 6), d, dt / 6);
    }
    return values(u);
  });
}
