/** Eight short lessons: each a state of the page and what it shows when it has been seen. What they say is in `src/words`. */
import type { Words } from '../words/index.js';
import { defaultState, type Side, type SideName, type StudioState } from './state.js';

/** What the page knows at the end of a training. */
export interface Seen {
  /** The first kept step from which on a frequency (cycles over the interval) counts as learnt. */
  learnt(side: SideName, cycles: number): number | undefined;
  /** Kept records of a side. */
  records(side: SideName): readonly {
    step: number;
    loss: number;
    error: number;
    rank?: number;
    relativeError: ArrayLike<number>;
    amplitude: ArrayLike<number>;
    predicted?: ArrayLike<number>;
  }[];
}

/** Title, paragraphs, question and answer stand under it in each language's words. */
export type LessonId = keyof Words['lessons'];

export interface Lesson {
  id: LessonId;
  state: StudioState;
  sources: readonly string[];
  /** Whether what the question asks for is on the page. */
  seen(of: Seen): boolean;
}

const never = Number.POSITIVE_INFINITY;
const end = (of: Seen, side: SideName) => of.records(side).at(-1);
const state = (fields: Partial<StudioState>, a: Partial<Side> = {}, b?: Partial<Side>): StudioState => ({
  ...defaultState,
  ...fields,
  a: { ...defaultState.a, ...a },
  ...(b && { b: { ...defaultState.a, ...a, ...b } }),
});
const formula = (text: string) => ({ kind: 'formula', text }) as const;

const FOUR = 'sin(x) + sin(3*x) + sin(5*x) + sin(10*x)';

export const lessons: readonly Lesson[] = [
  {
    id: 'low-first',
    state: state({ steps: 10_000 }),
    sources: [
      'Z.-Q. J. Xu, Y. Zhang, Y. Xiao, "Training behavior of deep neural network in frequency domain", ICONIP 2019, arXiv:1807.01251',
      'N. Rahaman, A. Baratin, D. Arpit, F. Draxler, M. Lin, F. Hamprecht, Y. Bengio, A. Courville, "On the spectral bias of neural networks", ICML 2019, arXiv:1806.08734',
    ],
    seen: (of) => (of.learnt('a', 1) ?? never) < (of.learnt('a', 5) ?? never),
  },
  {
    id: 'activation-decides',
    state: state({ target: formula(FOUR), steps: 3000 }, { activation: 'relu' }, { activation: 'sin', parameter: 20 }),
    sources: [
      'V. Sitzmann, J. N. P. Martel, A. W. Bergman, D. B. Lindell, G. Wetzstein, "Implicit neural representations with periodic activation functions", NeurIPS 2020, arXiv:2006.09661',
      'Q. Hong, J. W. Siegel, Q. Tan, J. Xu, "On the activation function dependence of the spectral bias of neural networks", arXiv:2208.04924',
    ],
    seen: (of) => (end(of, 'b')?.error ?? never) < (end(of, 'a')?.error ?? 0) / 2,
  },
  {
    id: 'fourier-features',
    state: state(
      { target: formula(FOUR), steps: 3000 },
      { features: { count: 64, sigma: 1 } },
      { features: { count: 64, sigma: 10 } },
    ),
    sources: [
      'M. Tancik, P. P. Srinivasan, B. Mildenhall, S. Fridovich-Keil, N. Raghavan, U. Singhal, R. Ramamoorthi, J. T. Barron, R. Ng, "Fourier features let networks learn high frequency functions in low dimensional domains", NeurIPS 2020, arXiv:2006.10739',
    ],
    seen: (of) => (of.learnt('b', 10) ?? never) < (of.learnt('a', 10) ?? never),
  },
  {
    id: 'aliasing',
    state: state({ target: formula('sin(13*x)'), samples: { count: 16, noise: 0, spacing: 'even' }, steps: 5000 }),
    sources: [
      'C. E. Shannon, "Communication in the presence of noise", Proceedings of the IRE 37, 1949, doi:10.1109/JRPROC.1949.232969',
      'Y. Zhang, Z.-Q. J. Xu, T. Luo, Z. Ma, "Explicitizing an implicit bias of the frequency principle in two-layer neural networks", arXiv:1905.10264',
    ],
    seen: (of) => {
      const last = end(of, 'a');
      return last !== undefined && last.loss < 0.01 && last.amplitude[2]! > 3 * last.amplitude[12]!;
    },
  },
  {
    id: 'early-stopping',
    state: state(
      { target: formula('sin(x)'), samples: { count: 40, noise: 0.5, spacing: 'random' }, steps: 20_000 },
      { hidden: [128, 128], learningRate: 0.002 },
    ),
    sources: [
      'Z.-Q. J. Xu, Y. Zhang, T. Luo, Y. Xiao, Z. Ma, "Frequency principle: Fourier analysis sheds light on deep neural networks", Communications in Computational Physics 28, 2020, arXiv:1901.06523',
      'R. Heckel, M. Soltanolkotabi, "Denoising and regularization via exploiting the structural bias of convolutional generators", ICLR 2020, arXiv:1910.14634',
    ],
    seen: (of) => {
      const errors = of.records('a').map(({ error }) => error);
      return errors.length > 1 && errors.at(-1)! > 1.3 * Math.min(...errors);
    },
  },
  {
    id: 'ntk-predicts',
    state: state(
      {
        target: formula('sin(x) + sin(2*x) + sin(4*x)'),
        samples: { count: 64, noise: 0, spacing: 'even' },
        steps: 10_000,
      },
      { hidden: [1024], parameterization: 'ntk', scale: 4, optimizer: 'sgd', learningRate: 0.02 },
    ),
    sources: [
      'A. Jacot, F. Gabriel, C. Hongler, "Neural tangent kernel: convergence and generalization in neural networks", NeurIPS 2018, arXiv:1806.07572',
      'J. Lee, L. Xiao, S. S. Schoenholz, Y. Bahri, R. Novak, J. Sohl-Dickstein, J. Pennington, "Wide neural networks of any depth evolve as linear models under gradient descent", NeurIPS 2019, arXiv:1902.06720',
    ],
    seen: (of) => {
      const records = of.records('a').filter(({ predicted }) => predicted);
      const apart = records.flatMap(({ predicted, relativeError }) =>
        [1, 2, 4].map((cycles) => Math.abs(predicted![cycles - 1]! - relativeError[cycles - 1]!)),
      );
      return apart.length > 0 && Math.max(...apart) < 0.1;
    },
  },
  {
    id: 'pinn',
    state: state({ task: 'poisson', target: formula('sin(x) + 0.5*sin(4*x)'), steps: 5000 }),
    sources: [
      'M. Raissi, P. Perdikaris, G. E. Karniadakis, "Physics informed deep learning (part I)", arXiv:1711.10561',
      'S. Wang, X. Yu, P. Perdikaris, "When and why PINNs fail to train: a neural tangent kernel perspective", Journal of Computational Physics 449, 2022, arXiv:2007.14527',
    ],
    seen: (of) => (of.learnt('a', 4) ?? never) < (of.learnt('a', 1) ?? never),
  },
  {
    id: 'deep-low-rank',
    state: state(
      { steps: 2000 },
      { hidden: [64], activation: 'relu', features: { count: 64, sigma: 5 } },
      { hidden: [64, 64, 64, 64, 64] },
    ),
    sources: [
      'M. Huh, H. Mobahi, R. Zhang, B. Cheung, P. Agrawal, P. Isola, "The low-rank simplicity bias in deep networks", TMLR 2023, arXiv:2103.10427',
      'O. Roy, M. Vetterli, "The effective rank: a measure of effective dimensionality", EUSIPCO 2007',
    ],
    seen: (of) => (of.records('b')[0]?.rank ?? never) < (of.records('a')[0]?.rank ?? 0),
  },
];
