/** Eight short lessons: each a state of the page, two paragraphs, one question, and what the page shows when it has been seen. */
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

export interface Lesson {
  id: string;
  title: string;
  state: StudioState;
  paragraphs: readonly [string, string];
  question: string;
  answer: string;
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
    title: 'Low frequencies first',
    state: state({ steps: 10_000 }),
    paragraphs: [
      'The target is the sum of two sines of the same size, one cycle and five cycles over the interval. Nothing in the loss prefers one of them: a mean of squares counts both alike.',
      'Watch the heat map fill. Its rows are frequencies, its columns steps, and dark means learnt. The network gets the slow sine right while the fast one is still missing: this is the frequency principle, or spectral bias.',
    ],
    question: 'Which of the two rows turns dark first, and by how many steps?',
    answer:
      'The row of one cycle. The fit shows it, too: first a slow wave through the middle, then the ripples on it.',
    sources: [
      'Z.-Q. J. Xu, Y. Zhang, Y. Xiao, "Training behavior of deep neural network in frequency domain", ICONIP 2019, arXiv:1807.01251',
      'N. Rahaman, A. Baratin, D. Arpit, F. Draxler, M. Lin, F. Hamprecht, Y. Bengio, A. Courville, "On the spectral bias of neural networks", ICML 2019, arXiv:1806.08734',
    ],
    seen: (of) => (of.learnt('a', 1) ?? never) < (of.learnt('a', 5) ?? never),
  },
  {
    id: 'activation-decides',
    title: 'The activation decides',
    state: state({ target: formula(FOUR), steps: 3000 }, { activation: 'relu' }, { activation: 'sin', parameter: 20 }),
    paragraphs: [
      'Two networks of the same shape see the same four sines. A has rectified linear units (ReLU); B has sines whose argument is multiplied by 20 and weights drawn to suit them (a SIREN).',
      'A function of ReLUs bends at corners: its spectrum falls off quickly, and so does the speed at which high frequencies are learnt. A sine of a large argument has high frequencies from the start.',
    ],
    question: 'After the same number of steps, whose error is smaller, and at which frequencies do they differ most?',
    answer: 'That of B. Both have the slow sines; the fast ones are what A lacks.',
    sources: [
      'V. Sitzmann, J. N. P. Martel, A. W. Bergman, D. B. Lindell, G. Wetzstein, "Implicit neural representations with periodic activation functions", NeurIPS 2020, arXiv:2006.09661',
      'Q. Hong, J. W. Siegel, Q. Tan, J. Xu, "On the activation function dependence of the spectral bias of neural networks", arXiv:2208.04924',
    ],
    seen: (of) => (end(of, 'b')?.error ?? never) < (end(of, 'a')?.error ?? 0) / 2,
  },
  {
    id: 'fourier-features',
    title: 'Fourier features',
    state: state(
      { target: formula(FOUR), steps: 3000 },
      { features: { count: 64, sigma: 1 } },
      { features: { count: 64, sigma: 10 } },
    ),
    paragraphs: [
      'Instead of x, both networks see sines and cosines of x whose frequencies were drawn at random, with a standard deviation sigma: one cycle over the interval for A, ten for B.',
      'The features change the tangent kernel. Look at the frequencies of its eigenvectors: with the wider draw, fast waves come early in the list, among the large eigenvalues, and what has a large eigenvalue is learnt quickly.',
    ],
    question: 'Which network learns ten cycles first? What would be lost with a sigma of 100?',
    answer: 'B. With a sigma far above what the target has, the samples no longer say what lies between them.',
    sources: [
      'M. Tancik, P. P. Srinivasan, B. Mildenhall, S. Fridovich-Keil, N. Raghavan, U. Singhal, R. Ramamoorthi, J. T. Barron, R. Ng, "Fourier features let networks learn high frequency functions in low dimensional domains", NeurIPS 2020, arXiv:2006.10739',
    ],
    seen: (of) => (of.learnt('b', 10) ?? never) < (of.learnt('a', 10) ?? never),
  },
  {
    id: 'aliasing',
    title: 'Aliasing',
    state: state({ target: formula('sin(13*x)'), samples: { count: 16, noise: 0, spacing: 'even' }, steps: 5000 }),
    paragraphs: [
      'The target makes thirteen cycles, and there are sixteen samples. Through these samples goes a slower wave as well, of 16 - 13 = 3 cycles: on the samples both are the same numbers.',
      'Nothing tells the network which of them is meant. The loss goes to zero in any case. Since low frequencies are learnt first, it takes the slow wave, and never comes to the fast one.',
    ],
    question: 'At which frequency does the spectrum of the network have its peak?',
    answer: 'At 3, where the target has nothing; at 13 the error stays. Thirty samples would tell them apart.',
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
    title: 'Early stopping',
    state: state(
      { target: formula('sin(x)'), samples: { count: 40, noise: 0.5, spacing: 'random' }, steps: 20_000 },
      { hidden: [128, 128], learningRate: 0.002 },
    ),
    paragraphs: [
      'Forty samples of one slow sine, each with noise. Noise has all frequencies alike; the sine has one, the lowest. The loss compares with the noisy samples, the error beside the step with the sine itself.',
      'At first the network learns the sine, because it is slow. What is left then is noise, and with time it learns that, too: the loss goes on falling while the error grows. Move the time slider to see it.',
    ],
    question: 'At which step would you have stopped?',
    answer: 'Where the error to the sine is smallest: long before the loss is.',
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
    title: 'The tangent kernel predicts',
    state: state(
      {
        target: formula('sin(x) + sin(2*x) + sin(4*x)'),
        samples: { count: 64, noise: 0, spacing: 'even' },
        steps: 10_000,
      },
      { hidden: [1024], parameterization: 'ntk', scale: 4, optimizer: 'sgd', learningRate: 0.02 },
    ),
    paragraphs: [
      'A very wide network hardly moves while it learns, and then its outputs follow a linear equation. Its matrix, the tangent kernel, is known before the first step: its eigenvalues are speeds, its eigenvectors what is learnt at them.',
      'The dashed lines were computed from the kernel before the training began. The solid ones are measured while it runs.',
    ],
    question: 'How far apart are dashed and solid lines? Try a width of 16.',
    answer: 'They lie on each other; the narrow network leaves its kernel behind, and the lines part.',
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
    title: 'An equation as the loss',
    state: state({ task: 'poisson', target: formula('sin(x) + 0.5*sin(4*x)'), steps: 5000 }),
    paragraphs: [
      "Here the network is shown no values of the target. It is told the equation -u'' = f and that u is zero at both ends, and its loss is how badly it satisfies them: a physics-informed network.",
      'A second derivative multiplies a wave of k cycles by k squared. In this loss the fast wave weighs sixteen times as much as in a fit, squared once more: the order in which frequencies are learnt need not be that of the first lesson.',
    ],
    question: 'Does the slow wave still come first?',
    answer: 'No: four cycles are there before one is. The slow part hangs on the values at the two ends alone.',
    sources: [
      'M. Raissi, P. Perdikaris, G. E. Karniadakis, "Physics informed deep learning (part I)", arXiv:1711.10561',
      'S. Wang, X. Yu, P. Perdikaris, "When and why PINNs fail to train: a neural tangent kernel perspective", Journal of Computational Physics 449, 2022, arXiv:2007.14527',
    ],
    seen: (of) => (of.learnt('a', 4) ?? never) < (of.learnt('a', 1) ?? never),
  },
  {
    id: 'deep-low-rank',
    title: 'Deep means low rank',
    state: state(
      { steps: 2000 },
      { hidden: [64], activation: 'relu', features: { count: 64, sigma: 5 } },
      { hidden: [64, 64, 64, 64, 64] },
    ),
    paragraphs: [
      'Both networks see x through Fourier features, which point in many directions. A has one hidden layer of ReLUs, B has five of the same width. Their last layer sees 64 features of each sample. How many directions do these use? The effective rank says so: it counts singular values by their share.',
      'Before a single step the deep network uses fewer directions than the shallow one: each layer presses its inputs together a little more. Training starts from there.',
    ],
    question: 'Which curve of the effective rank begins lower?',
    answer: 'That of B, the deep network.',
    sources: [
      'M. Huh, H. Mobahi, R. Zhang, B. Cheung, P. Agrawal, P. Isola, "The low-rank simplicity bias in deep networks", TMLR 2023, arXiv:2103.10427',
      'O. Roy, M. Vetterli, "The effective rank: a measure of effective dimensionality", EUSIPCO 2007',
    ],
    seen: (of) => (of.records('b')[0]?.rank ?? never) < (of.records('a')[0]?.rank ?? 0),
  },
];
