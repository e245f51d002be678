/** What a claim compares: a measurement, and what is expected of it. */

/** A measured quantity: one number, or nested arrays of them. `null` says that there is no value. */
export type Measured = number | null | readonly Measured[];

/** The comparison a claim makes, with the numbers it compares against. */
export type Expectation =
  /** Every number is at most `value`. */
  | {
      relation: 'at most';
      /** The largest that is allowed. */
      value: number;
    }
  /** Every number is at least `value`. */
  | {
      relation: 'at least';
      /** The smallest that is allowed. */
      value: number;
    }
  /** Every number is below `value`, strictly. */
  | {
      relation: 'below';
      /** The number that none reaches. */
      value: number;
    }
  /** Every number is above `value`, strictly. */
  | {
      relation: 'above';
      /** The number that all exceed. */
      value: number;
    }
  /** Every number lies in the closed interval from `low` to `high`. */
  | {
      relation: 'between';
      /** Lower end, included. */
      low: number;
      /** Upper end, included. */
      high: number;
    }
  /** Every number is within `tolerance` (absolute) of `value`. */
  | {
      relation: 'equal to';
      /** What every number should be. */
      value: number;
      /** Largest absolute difference from `value`. */
      tolerance: number;
    }
  /** Each row (the innermost arrays) rises strictly from left to right. */
  | { relation: 'increasing' }
  /** Each row falls strictly from left to right. */
  | { relation: 'decreasing' };
