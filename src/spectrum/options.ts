/** Scaling and threads of transforms. */

/** Scaling of a transform and its inverse: `backward` (the inverse divides by N, default), `ortho` (both by sqrt N), `forward`. */
export type Norm = 'backward' | 'ortho' | 'forward';

/** Threads of a transform. */
export interface ThreadOptions {
  /** Threads that may work; all cores by default. Results do not depend on it. */
  threads?: number;
}

/** Scaling and threads of a transform. */
export interface TransformOptions extends ThreadOptions {
  /** Where the factor 1/N stands; default `backward`: in the inverse, as NumPy. */
  norm?: Norm;
}

/** The names of {@link Norm}. */
export const NORMS = ['backward', 'ortho', 'forward'] as const;
