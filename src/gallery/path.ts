/** The seven systems with which the gallery opens, in the order in which a newcomer reads them. */

/** One step: a system, and what it adds to those before it. */
export interface PathStep {
  /** Of an experiment of the package. */
  id: string;
  /** In a sentence. */
  why: string;
}

export const newcomersPath: readonly PathStep[] = [
  { id: 'sine-mixture', why: 'Three sines of one size are learnt one after the other, the slow one first.' },
  { id: 'image-regression', why: 'So is a photograph: a blurred whole, then its details.' },
  {
    id: 'amplitude-and-frequency',
    why: 'It is a bias and no law: a fast component that is large enough comes first.',
  },
  { id: 'decay-rate-by-frequency', why: 'Each frequency has a rate, and the tangent kernel has it beforehand.' },
  { id: 'training-is-kernel-regression', why: 'In a wide network that kernel predicts the whole training.' },
  { id: 'image-fourier-features', why: 'Who changes the kernel changes what is learnt first: Fourier features.' },
  { id: 'early-stopping', why: 'What it is good for: noise comes late, and can be left out.' },
];
