/** Every source, once. Experiments and claims cite by key, so that a reader finds authors, year, title and a DOI or arXiv id. */
import { describe } from './core/describe.js';
import { invalidArgument } from './core/errors.js';
import { suggestion } from './core/nearest.js';

/** One source. */
export interface Source {
  /** Family names as a citation gives them: `'Tancik et al.'`, `'Cai, Li and Liu'`. */
  authors: string;
  /** Of the publication. */
  year: number;
  /** As it is printed. */
  title: string;
  /** Journal, conference or publisher; or what it is, where it was not published. */
  venue?: string;
  /** For instance `10.1007/978-3-642-03915-7`, without an address before it. */
  doi?: string;
  /** For instance `'2006.10739'`. */
  arxiv?: string;
  /** Where there is neither a DOI nor an arXiv id. */
  url?: string;
}

/** The sources by key. */
export const bibliography = {
  alter2000: {
    authors: 'Alter, Brown and Botstein',
    year: 2000,
    title: 'Singular value decomposition for genome-wide expression data processing and modeling',
    venue: 'PNAS 97',
    doi: '10.1073/pnas.97.18.10101',
  },
  arora2019: {
    authors: 'Arora, Cohen, Hu and Luo',
    year: 2019,
    title: 'Implicit regularization in deep matrix factorization',
    venue: 'NeurIPS',
    arxiv: '1905.13655',
  },
  arpit2017: {
    authors: 'Arpit et al.',
    year: 2017,
    title: 'A closer look at memorization in deep networks',
    venue: 'ICML',
    arxiv: '1706.05394',
  },
  bach2017: {
    authors: 'Bach',
    year: 2017,
    title: 'Breaking the curse of dimensionality with convex neural networks',
    venue: 'JMLR 18',
    arxiv: '1412.8690',
  },
  basri2019: {
    authors: 'Basri, Jacobs, Kasten and Kritchman',
    year: 2019,
    title: 'The convergence rate of neural networks for learned functions of different frequencies',
    venue: 'NeurIPS',
    arxiv: '1906.00425',
  },
  basri2020: {
    authors: 'Basri et al.',
    year: 2020,
    title: 'Frequency bias in neural networks for input of non-uniform density',
    venue: 'ICML',
    arxiv: '2003.04560',
  },
  bhojanapalli2020: {
    authors: 'Bhojanapalli, Yun, Rawat, Reddi and Kumar',
    year: 2020,
    title: 'Low-rank bottleneck in multi-head attention models',
    venue: 'ICML',
    arxiv: '2002.07028',
  },
  bietti2019: {
    authors: 'Bietti and Mairal',
    year: 2019,
    title: 'On the inductive bias of neural tangent kernels',
    venue: 'NeurIPS',
    arxiv: '1905.12173',
  },
  bordelon2020: {
    authors: 'Bordelon, Canatar and Pehlevan',
    year: 2020,
    title: 'Spectrum dependent learning curves in kernel regression and wide neural networks',
    venue: 'ICML',
    arxiv: '2002.02561',
  },
  briggs2000: {
    authors: 'Briggs, Henson and McCormick',
    year: 2000,
    title: 'A multigrid tutorial, second edition',
    venue: 'SIAM',
    doi: '10.1137/1.9780898719505',
  },
  bussgang1952: {
    authors: 'Bussgang',
    year: 1952,
    title: 'Crosscorrelation functions of amplitude-distorted Gaussian signals',
    venue: 'MIT Research Laboratory of Electronics, technical report 216',
  },
  cai2020: {
    authors: 'Cai, Li and Liu',
    year: 2020,
    title: 'A phase shift deep neural network for high frequency approximation and wave problems',
    venue: 'SIAM Journal on Scientific Computing 42',
    arxiv: '1909.11759',
  },
  chizat2019: {
    authors: 'Chizat, Oyallon and Bach',
    year: 2019,
    title: 'On lazy training in differentiable programming',
    venue: 'NeurIPS',
    arxiv: '1812.07956',
  },
  cho2009: {
    authors: 'Cho and Saul',
    year: 2009,
    title: 'Kernel methods for deep learning',
    venue: 'NeurIPS',
    url: 'https://papers.nips.cc/paper/3628-kernel-methods-for-deep-learning',
  },
  cohen2021: {
    authors: 'Cohen, Kaur, Li, Kolter and Talwalkar',
    year: 2021,
    title: 'Gradient descent on neural networks typically occurs at the edge of stability',
    venue: 'ICLR',
    arxiv: '2103.00065',
  },
  cooley1965: {
    authors: 'Cooley and Tukey',
    year: 1965,
    title: 'An algorithm for the machine calculation of complex Fourier series',
    venue: 'Mathematics of Computation 19',
    doi: '10.1090/S0025-5718-1965-0178586-1',
  },
  dong2021: {
    authors: 'Dong, Cordonnier and Loukas',
    year: 2021,
    title: 'Attention is not all you need: pure attention loses rank doubly exponentially with depth',
    venue: 'ICML',
    arxiv: '2103.03404',
  },
  dragutinovic2026: {
    authors: 'Dragutinović and Ranganath',
    year: 2026,
    title: 'To use or not to use Muon: how simplicity bias in optimizers matters',
    arxiv: '2603.00742',
  },
  dyer2020: {
    authors: 'Dyer and Gur-Ari',
    year: 2020,
    title: 'Asymptotics of wide networks from Feynman diagrams',
    venue: 'ICLR',
    arxiv: '1909.11304',
  },
  eckart1936: {
    authors: 'Eckart and Young',
    year: 1936,
    title: 'The approximation of one matrix by another of lower rank',
    venue: 'Psychometrika 1',
    doi: '10.1007/BF02288367',
  },
  fprinciple: { authors: 'this package', year: 0, title: '' },
  gouk2021: {
    authors: 'Gouk, Frank, Pfahringer and Cree',
    year: 2021,
    title: 'Regularisation of neural networks by enforcing Lipschitz continuity',
    venue: 'Machine Learning 110',
    arxiv: '1804.04368',
  },
  gromov2023: {
    authors: 'Gromov',
    year: 2023,
    title: 'Grokking modular arithmetic',
    arxiv: '2301.02679',
  },
  gupta2018: {
    authors: 'Gupta, Koren and Singer',
    year: 2018,
    title: 'Shampoo: preconditioned stochastic tensor optimization',
    venue: 'ICML',
    arxiv: '1802.09568',
  },
  harris1978: {
    authors: 'Harris',
    year: 1978,
    title: 'On the use of windows for harmonic analysis with the discrete Fourier transform',
    venue: 'Proceedings of the IEEE 66',
    doi: '10.1109/PROC.1978.10837',
  },
  hong2022: {
    authors: 'Hong, Siegel, Tan and Xu',
    year: 2022,
    title: 'On the activation function dependence of the spectral bias of neural networks',
    venue: 'arXiv',
    arxiv: '2208.04924',
  },
  jacot2018: {
    authors: 'Jacot, Gabriel and Hongler',
    year: 2018,
    title: 'Neural tangent kernel: convergence and generalization in neural networks',
    venue: 'NeurIPS',
    arxiv: '1806.07572',
  },
  jacot2019: {
    authors: 'Jacot, Gabriel, Ged and Hongler',
    year: 2019,
    title: 'Order and chaos: NTK views on DNN normalization, checkerboard and boundary artifacts',
    arxiv: '1907.05715',
  },
  jacot2023: {
    authors: 'Jacot',
    year: 2023,
    title: 'Implicit bias of large depth networks: a notion of rank for nonlinear functions',
    venue: 'ICLR',
    arxiv: '2209.15055',
  },
  jordan2024: {
    authors: 'Jordan et al.',
    year: 2024,
    title: 'Muon: an optimizer for hidden layers in neural networks',
    url: 'https://kellerjordan.github.io/posts/muon/',
  },
  karakida2019: {
    authors: 'Karakida, Akaho and Amari',
    year: 2019,
    title: 'The normalization method for alleviating pathological sharpness in wide neural networks',
    venue: 'NeurIPS',
    arxiv: '1906.02926',
  },
  lee2018: {
    authors: 'Lee et al.',
    year: 2018,
    title: 'Deep neural networks as Gaussian processes',
    venue: 'ICLR',
    arxiv: '1711.00165',
  },
  lee2019: {
    authors: 'Lee et al.',
    year: 2019,
    title: 'Wide neural networks of any depth evolve as linear models under gradient descent',
    venue: 'NeurIPS',
    arxiv: '1902.06720',
  },
  liu2018: {
    authors: 'Liu, Lehman, Molino, Petroski Such, Frank, Sergeev and Yosinski',
    year: 2018,
    title: 'An intriguing failing of convolutional neural networks and the CoordConv solution',
    venue: 'NeurIPS',
    arxiv: '1807.03247',
  },
  liu2020: {
    authors: 'Liu, Cai and Xu',
    year: 2020,
    title: 'Multi-scale deep neural network (MscaleDNN) for solving Poisson-Boltzmann equation in complex domains',
    venue: 'Communications in Computational Physics 28',
    arxiv: '2007.11207',
  },
  liu2024finer: {
    authors: 'Liu et al.',
    year: 2024,
    title:
      'FINER: flexible spectral-bias tuning in implicit neural representation by variable-periodic activation functions',
    venue: 'CVPR',
    arxiv: '2312.02434',
  },
  liu2024kan: {
    authors: 'Liu et al.',
    year: 2024,
    title: 'KAN: Kolmogorov-Arnold networks',
    venue: 'arXiv',
    arxiv: '2404.19756',
  },
  liuPapailiopoulos2020: {
    authors: 'Liu, Papailiopoulos and Achlioptas',
    year: 2020,
    title: 'Bad global minima exist and SGD can reach them',
    venue: 'NeurIPS',
    arxiv: '1906.02613',
  },
  luo2021: {
    authors: 'Luo, Xu, Ma and Zhang',
    year: 2021,
    title: 'Phase diagram for two-layer ReLU neural networks at infinite-width limit',
    venue: 'JMLR 22',
    arxiv: '2007.07497',
  },
  luo2022: {
    authors: 'Luo, Ma, Xu and Zhang',
    year: 2022,
    title: 'On the exact computation of linear frequency principle dynamics and its generalization',
    venue: 'SIAM Journal on Mathematics of Data Science 4',
    arxiv: '2010.08153',
  },
  ma2021: {
    authors: 'Ma, Xu and Zhang',
    year: 2021,
    title: 'Frequency principle in deep learning beyond gradient-descent-based training',
    arxiv: '2101.00747',
  },
  matthews2018: {
    authors: 'Matthews, Rowland, Hron, Turner and Ghahramani',
    year: 2018,
    title: 'Gaussian process behaviour in wide deep neural networks',
    venue: 'ICLR',
    arxiv: '1804.11271',
  },
  mei2018: {
    authors: 'Mei, Montanari and Nguyen',
    year: 2018,
    title: 'A mean field view of the landscape of two-layer neural networks',
    venue: 'PNAS 115',
    arxiv: '1804.06561',
  },
  miyato2018: {
    authors: 'Miyato, Kataoka, Koyama and Yoshida',
    year: 2018,
    title: 'Spectral normalization for generative adversarial networks',
    venue: 'ICLR',
    arxiv: '1802.05957',
  },
  mueller2022: {
    authors: 'Mueller, Evans, Schied and Keller',
    year: 2022,
    title: 'Instant neural graphics primitives with a multiresolution hash encoding',
    venue: 'ACM Transactions on Graphics 41',
    arxiv: '2201.05989',
  },
  nadaraya1964: {
    authors: 'Nadaraya',
    year: 1964,
    title: 'On estimating regression',
    venue: 'Theory of Probability and its Applications 9',
    doi: '10.1137/1109020',
  },
  nakkiran2019: {
    authors: 'Nakkiran et al.',
    year: 2019,
    title: 'SGD on neural networks learns functions of increasing complexity',
    venue: 'NeurIPS',
    arxiv: '1905.11604',
  },
  oord2018: {
    authors: 'van den Oord, Li and Vinyals',
    year: 2018,
    title: 'Representation learning with contrastive predictive coding',
    arxiv: '1807.03748',
  },
  park2022: {
    authors: 'Park and Kim',
    year: 2022,
    title: 'How do vision transformers work?',
    venue: 'ICLR',
    arxiv: '2202.06709',
  },
  poole2016: {
    authors: 'Poole, Lahiri, Raghu, Sohl-Dickstein and Ganguli',
    year: 2016,
    title: 'Exponential expressivity in deep neural networks through transient chaos',
    venue: 'NeurIPS',
    arxiv: '1606.05340',
  },
  nanda2023: {
    authors: 'Nanda, Chan, Lieberum, Smith and Steinhardt',
    year: 2023,
    title: 'Progress measures for grokking via mechanistic interpretability',
    venue: 'ICLR',
    arxiv: '2301.05217',
  },
  neyshabur2015: {
    authors: 'Neyshabur, Tomioka and Srebro',
    year: 2015,
    title: 'Norm-based capacity control in neural networks',
    venue: 'COLT',
    arxiv: '1503.00036',
  },
  power2022: {
    authors: 'Power, Burda, Edwards, Babuschkin and Misra',
    year: 2022,
    title: 'Grokking: generalization beyond overfitting on small algorithmic datasets',
    arxiv: '2201.02177',
  },
  rahaman2019: {
    authors: 'Rahaman et al.',
    year: 2019,
    title: 'On the spectral bias of neural networks',
    venue: 'ICML',
    arxiv: '1806.08734',
  },
  rahimi2007: {
    authors: 'Rahimi and Recht',
    year: 2007,
    title: 'Random features for large-scale kernel machines',
    venue: 'NeurIPS',
    url: 'https://papers.nips.cc/paper/3182-random-features-for-large-scale-kernel-machines',
  },
  ramasinghe2022: {
    authors: 'Ramasinghe and Lucey',
    year: 2022,
    title: 'Beyond periodicity: towards a unifying framework for activations in coordinate-MLPs',
    venue: 'ECCV',
    arxiv: '2111.15135',
  },
  roy2007: {
    authors: 'Roy and Vetterli',
    year: 2007,
    title: 'The effective rank: a measure of effective dimensionality',
    venue: 'EUSIPCO',
    url: 'https://infoscience.epfl.ch/record/110188',
  },
  saragadam2023: {
    authors: 'Saragadam et al.',
    year: 2023,
    title: 'WIRE: wavelet implicit neural representations',
    venue: 'CVPR',
    arxiv: '2301.05187',
  },
  savarese2019: {
    authors: 'Savarese, Evron, Soudry and Srebro',
    year: 2019,
    title: 'How do infinite width bounded norm networks look in function space?',
    venue: 'COLT',
    arxiv: '1902.05040',
  },
  saxe2014: {
    authors: 'Saxe, McClelland and Ganguli',
    year: 2014,
    title: 'Exact solutions to the nonlinear dynamics of learning in deep linear neural networks',
    venue: 'ICLR',
    arxiv: '1312.6120',
  },
  raissi2019: {
    authors: 'Raissi, Perdikaris and Karniadakis',
    year: 2019,
    title:
      'Physics-informed neural networks: a deep learning framework for solving forward and inverse problems involving nonlinear partial differential equations',
    venue: 'Journal of Computational Physics 378',
    doi: '10.1016/j.jcp.2018.10.045',
  },
  sedghi2019: {
    authors: 'Sedghi, Gupta and Long',
    year: 2019,
    title: 'The singular values of convolutional layers',
    venue: 'ICLR',
    arxiv: '1805.10408',
  },
  seneta1981: {
    authors: 'Seneta',
    year: 1981,
    title: 'Non-negative matrices and Markov chains',
    venue: 'Springer',
    doi: '10.1007/0-387-32792-4',
  },
  shannon1949: {
    authors: 'Shannon',
    year: 1949,
    title: 'Communication in the presence of noise',
    venue: 'Proceedings of the IRE 37',
    doi: '10.1109/JRPROC.1949.232969',
  },
  schoenholz2017: {
    authors: 'Schoenholz, Gilmer, Ganguli and Sohl-Dickstein',
    year: 2017,
    title: 'Deep information propagation',
    venue: 'ICLR',
    arxiv: '1611.01232',
  },
  simon2023: {
    authors: 'Simon, Dickens, Karkada and DeWeese',
    year: 2023,
    title: 'The eigenlearning framework: a conservation law perspective on kernel regression and wide neural networks',
    venue: 'TMLR',
    arxiv: '2110.03922',
  },
  sitzmann2020: {
    authors: 'Sitzmann, Martel, Bergman, Lindell and Wetzstein',
    year: 2020,
    title: 'Implicit neural representations with periodic activation functions',
    venue: 'NeurIPS',
    arxiv: '2006.09661',
  },
  sutherland2015: {
    authors: 'Sutherland and Schneider',
    year: 2015,
    title: 'On the error of random Fourier features',
    venue: 'UAI',
    arxiv: '1506.02785',
  },
  tancik2020: {
    authors: 'Tancik et al.',
    year: 2020,
    title: 'Fourier features let networks learn high frequency functions in low dimensional domains',
    venue: 'NeurIPS',
    arxiv: '2006.10739',
  },
  tirer2022: {
    authors: 'Tirer, Bruna and Giryes',
    year: 2022,
    title: 'Kernel-based smoothness analysis of residual networks',
    venue: 'MSML',
    arxiv: '2009.10008',
  },
  ulyanov2018: {
    authors: 'Ulyanov, Vedaldi and Lempitsky',
    year: 2018,
    title: 'Deep image prior',
    venue: 'CVPR',
    arxiv: '1711.10925',
  },
  vaswani2017: {
    authors: 'Vaswani et al.',
    year: 2017,
    title: 'Attention is all you need',
    venue: 'NeurIPS',
    arxiv: '1706.03762',
  },
  vyas2024: {
    authors: 'Vyas et al.',
    year: 2024,
    title: 'SOAP: improving and stabilizing Shampoo using Adam',
    arxiv: '2409.11321',
  },
  wang2021: {
    authors: 'Wang, Wang and Perdikaris',
    year: 2021,
    title: 'On the eigenvector bias of Fourier feature networks',
    venue: 'Computer Methods in Applied Mechanics and Engineering 384',
    arxiv: '2012.10047',
  },
  wang2022: {
    authors: 'Wang, Yu and Perdikaris',
    year: 2022,
    title: 'When and why PINNs fail to train: a neural tangent kernel perspective',
    venue: 'Journal of Computational Physics 449',
    arxiv: '2007.14527',
  },
  wang2022causal: {
    authors: 'Wang, Sankaran and Perdikaris',
    year: 2022,
    title: 'Respecting causality is all you need for training physics-informed neural networks',
    venue: 'arXiv',
    arxiv: '2203.07404',
  },
  wang2024kan: {
    authors: 'Wang, Siegel, Liu and Hou',
    year: 2024,
    title: 'On the expressiveness and spectral bias of KANs',
    venue: 'arXiv',
    arxiv: '2410.01803',
  },
  wang2022fourier: {
    authors: 'Wang, Zheng, Chen and Wang',
    year: 2022,
    title: 'Anti-oversmoothing in deep vision transformers via the Fourier domain analysis: from theory to practice',
    venue: 'ICLR',
    arxiv: '2203.05962',
  },
  wangPehlevan2025: {
    authors: 'Wang and Pehlevan',
    year: 2025,
    title: 'An analytical theory of spectral bias in the learning dynamics of diffusion models',
    venue: 'NeurIPS',
    arxiv: '2503.03206',
  },
  wangTeng2021: {
    authors: 'Wang, Teng and Perdikaris',
    year: 2021,
    title: 'Understanding and mitigating gradient flow pathologies in physics-informed neural networks',
    venue: 'SIAM Journal on Scientific Computing 43',
    arxiv: '2001.04536',
  },
  watson1964: {
    authors: 'Watson',
    year: 1964,
    title: 'Smooth regression analysis',
    venue: 'Sankhya A 26',
    url: 'https://www.jstor.org/stable/25049340',
  },
  xu2019: {
    authors: 'Xu, Zhang and Xiao',
    year: 2019,
    title: 'Training behavior of deep neural network in frequency domain',
    venue: 'ICONIP',
    arxiv: '1807.01251',
  },
  xu2020: {
    authors: 'Xu, Zhang, Luo, Xiao and Ma',
    year: 2020,
    title: 'Frequency principle: Fourier analysis sheds light on deep neural networks',
    venue: 'Communications in Computational Physics 28',
    arxiv: '1901.06523',
  },
  xu2021: {
    authors: 'Xu and Zhou',
    year: 2021,
    title: 'Deep frequency principle towards understanding why deeper learning is faster',
    venue: 'AAAI',
    arxiv: '2007.14313',
  },
  xuBook: {
    authors: 'Xu',
    year: 2023,
    title: 'Understanding deep learning (in Chinese), chapter 1: the frequency principle',
    venue: 'lecture notes, Shanghai Jiao Tong University',
  },
  yang2019: {
    authors: 'Yang and Salman',
    year: 2019,
    title: 'A fine-grained spectral perspective on neural networks',
    arxiv: '1907.10599',
  },
  yang2021: {
    authors: 'Yang and Hu',
    year: 2021,
    title: 'Tensor programs IV: feature learning in infinite-width neural networks',
    venue: 'ICML',
    arxiv: '2011.14522',
  },
  yang2022mup: {
    authors: 'Yang et al.',
    year: 2022,
    title: 'Tensor programs V: tuning large neural networks via zero-shot hyperparameter transfer',
    venue: 'NeurIPS (2021)',
    arxiv: '2203.03466',
  },
  yin2019: {
    authors: 'Yin, Lopes, Shlens, Cubuk and Gilmer',
    year: 2019,
    title: 'A Fourier perspective on model robustness in computer vision',
    venue: 'NeurIPS',
    arxiv: '1906.08988',
  },
  zhang2017: {
    authors: 'Zhang, Bengio, Hardt, Recht and Vinyals',
    year: 2017,
    title: 'Understanding deep learning requires rethinking generalization',
    venue: 'ICLR',
    arxiv: '1611.03530',
  },
  zhang2019: {
    authors: 'Zhang, Xu, Luo and Ma',
    year: 2019,
    title: 'Explicitizing an implicit bias of the frequency principle in two-layer neural networks',
    arxiv: '1905.10264',
  },
  // Notes that were not published. What only they say is cited as such.
  notesFourier: {
    authors: 'unsigned notes',
    year: 2024,
    title: 'Fourier analysis and neural networks (in Chinese)',
    venue: 'unpublished',
  },
  notesSlides: {
    authors: 'Shanghai Normal University',
    year: 2024,
    title: 'What is spectral bias? (slides, in Chinese)',
    venue: 'unpublished',
  },
  notesEncoding: {
    authors: 'unsigned notes',
    year: 2025,
    title: 'Fourier-feature position encoding explained (in Chinese)',
    venue: 'unpublished',
  },
  notesRank: {
    authors: 'unsigned notes',
    year: 2025,
    title: 'Spectral bias and low-rank bias of neural networks (in Chinese)',
    venue: 'unpublished',
  },
  zhang2019natural: {
    authors: 'Zhang, Martens and Grosse',
    year: 2019,
    title: 'Fast convergence of natural gradient descent for overparameterized neural networks',
    venue: 'NeurIPS',
    arxiv: '1905.10961',
  },
} as const satisfies Record<string, Source>;

/** A key of the bibliography. */
export type SourceKey = keyof typeof bibliography;

/** Where a source is found: its arXiv id, DOI or address, as a link. */
export function addressOf({ arxiv, doi, url }: Source): string | undefined {
  if (arxiv !== undefined) return `https://arxiv.org/abs/${arxiv}`;
  if (doi !== undefined) return `https://doi.org/${doi}`;
  return url;
}

/** A source in full: authors, year, title, venue where there is no id, and the id. */
export function fullCitation(source: Source): string {
  const { authors, year, title, venue, arxiv, doi, url } = source;
  if (title === '') return authors;
  const id = arxiv !== undefined ? `arXiv:${arxiv}` : doi !== undefined ? `doi:${doi}` : url;
  return [`${authors} ${year}`, title, ...(id === undefined ? (venue === undefined ? [] : [venue]) : [id])].join(', ');
}

/**
 * The source of a claim or an experiment: the full citation, and where in it. Several are joined by `'; '`.
 *
 * `cite('tancik2020', 'figure 4')`; of what no source says but this package: `cite('fprinciple', 'closed form')`.
 *
 * @throws `INVALID_ARGUMENT` for a key that there is not, with the nearest
 */
export function cite(key: SourceKey, place?: string): string {
  if (typeof key !== 'string') throw invalidArgument(`key: expected a source's key, got ${describe(key)}`);
  if (!Object.hasOwn(bibliography, key)) {
    throw invalidArgument(`unknown source ${describe(key)}: ${suggestion(key, Object.keys(bibliography))}`);
  }
  if (place !== undefined && typeof place !== 'string')
    throw invalidArgument(`place: expected a text, got ${describe(place)}`);
  const text = fullCitation(bibliography[key]);
  return place === undefined ? text : `${text}, ${place}`;
}

/** What a text cites: the keys, and what of it is no citation. */
export function citedIn(text: string): { keys: SourceKey[]; rest: string[] } {
  const keys: SourceKey[] = [];
  const rest: string[] = [];
  const known = Object.entries(bibliography).map(([key, source]) => [key as SourceKey, fullCitation(source)] as const);
  for (const part of text.split('; ')) {
    const found = known.find(([, full]) => part === full || part.startsWith(`${full}, `));
    if (found) keys.push(found[0]);
    else rest.push(part);
  }
  return { keys, rest };
}
