/** The law by which numbers fall with frequency. */
import { call } from '../core/native.js';
import { type ArrayInput, finiteResult, toFinite } from '../core/ndarray.js';
import { checkChoice, checkNumber, checkOptions, required } from '../core/options.js';

/** A law that is fitted: `c f^-p` (`power`) or `c exp(-p f)` (`exponential`). */
export type DecayLaw = 'power' | 'exponential';

/** A law of decay fitted by least squares, with the confidence interval of its exponent. */
export interface DecayFit {
  /** p in `c f^-p` (power, without unit) or `c exp(-p f)` (exponential, per unit of frequency). */
  exponent: number;
  /** Lower end of the exponent's interval. */
  low: number;
  /** Upper end of the exponent's interval. */
  high: number;
  /** c, in units of the values. */
  coefficient: number;
  /** Share of the logarithm's variance that the law explains, at most 1. */
  rSquared: number;
}

/**
 * Fits a law of decay by least squares of the logarithms: of the values on frequency (`exponential`) or on its logarithm
 * (`power`). The interval of the exponent is by Student's t, which takes the residuals for independent and normal. O(n).
 * @param frequencies `[n]`, at least three, in any unit; above zero for a power law
 * @param values `[n]`, in any unit, above zero: amplitudes, eigenvalues
 * @param law `power` or `exponential`
 * @param options `confidence` of the interval, between 0 and 1; default 0.95
 * @returns p without unit (`power`) or per unit of frequency (`exponential`), its interval, c in units of the values, and the
 * share of the variance of the logarithms that the law explains
 * @throws `INVALID_SHAPE` for fewer than three points or unequal lengths, `NON_FINITE`, `INVALID_ARGUMENT` for numbers that have
 * no logarithm, another law or confidence
 *
 * @example
 * const { exponent, low, high } = fitDecay([1, 2, 4, 8], [1, 0.24, 0.063, 0.016], 'power'); // about 2
 */
export function fitDecay(
  frequencies: ArrayInput,
  values: ArrayInput,
  law: DecayLaw,
  options: {
    /** Of the interval, between 0 and 1. Default 0.95. */
    confidence?: number;
  } = {},
): DecayFit {
  const [f, v] = [toFinite(frequencies, 'frequencies', 1), toFinite(values, 'values', 1)];
  checkChoice(required(law, 'law'), ['power', 'exponential'], 'law');
  const { confidence = 0.95 } = checkOptions(options, ['confidence']);
  checkNumber(confidence, 'confidence', { above: 0, below: 1 });
  const { rate, interval, ...fit } = finiteResult(
    call((addon) => addon.spectrumFitDecay(f, v, law, confidence)),
    'frequencies, values',
  );
  const [low = Number.NaN, high = Number.NaN] = interval;
  return { exponent: rate, low, high, ...fit };
}
