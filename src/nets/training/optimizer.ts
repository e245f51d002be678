/** How a training lowers its loss: first-order optimisers with their schedules, and minimisers. */

/**
 * A factor of the learning rate by step. `warmup`: linear over so many steps first; the schedule begins after them, as PyTorch's
 * do after a `LinearLR` in a `SequentialLR`. So `cosine` reaches `last` after `warmup + steps` steps: in a training of 300 with a
 * warm-up of 20, `steps: 280` is the whole way.
 */
export type Schedule =
  | {
      type: 'constant';
      /** Steps over which the rate rises from near 0 first. Default 0. */
      warmup?: number;
    }
  | {
      type: 'cosine';
      /** Length of the half wave, after the warm-up. */
      steps: number;
      /** The factor at its end. Default 0. */
      last?: number;
      /** Steps over which the rate rises from near 0 first. Default 0. */
      warmup?: number;
    }
  | {
      type: 'step';
      /** Steps from one drop to the next. */
      every: number;
      /** Of a drop. */
      factor: number;
      /** Steps over which the rate rises from near 0 first. Default 0. */
      warmup?: number;
    }
  | {
      type: 'exponential';
      /** Of every step. */
      factor: number;
      /** Steps over which the rate rises from near 0 first. Default 0. */
      warmup?: number;
    };

interface Common {
  learningRate: number;
  schedule?: Schedule;
  /** By the Euclidean norm of the whole gradient, or by value. */
  clip?: { norm: number } | { value: number };
}

/**
 * Muon (Jordan et al. 2024) as `torch.optim.Muon`, in the model's own precision where PyTorch rounds to bfloat16: the step of a
 * matrix `[m, n]` is its momentum U made nearly orthogonal, `X = U / |U|`, then `nsSteps` times
 * `X <- a X + (b X X^T + c (X X^T)^2) X`, so that all its singular values lie between about 0.7 and 1.2.
 *
 * As the field uses it, it takes the weights of dense layers, convolutions (`[filters, rest]`) and attention (queries, keys and
 * values each by themselves) that lie between the first layer with weights and the last one. These two, biases, gains, positions
 * and coefficients of a loss take AdamW. A network without a layer between is refused: name weights in `parameters`.
 */
export interface MuonSpec {
  type: 'muon';
  /** Of the mean that the momentum is: `m <- momentum m + (1 - momentum) g`. Default 0.95. */
  momentum?: number;
  /** Nesterov's form. Default true. */
  nesterov?: boolean;
  /** Taken off the matrices, a step, times the rate. Default 0.1. */
  weightDecay?: number;
  /** Steps of Newton and Schulz, 1 to 99. Default 5. */
  nsSteps?: number;
  /** Their a, b and c. Default Jordan's, 3.4445, -4.775 and 2.0315; `[15 / 8, -10 / 8, 3 / 8]` converges to an orthogonal matrix. */
  nsCoefficients?: [number, number, number];
  /** The least norm by which U is divided. Default 1e-7. */
  epsilon?: number;
  /**
   * By what the rate of a matrix is multiplied: `sqrt(max(1, m / n))` (`original`, default), or `0.2 sqrt(max(m, n))`, with which
   * steps are as long as AdamW's (`matchRmsAdamw`; Liu et al. 2025).
   */
  adjust?: 'original' | 'matchRmsAdamw';
  /** Names of the weights that it takes, as `layers.2.weight`. Default: those between the first layer and the last. */
  parameters?: string[];
  /** What all other parameters take. */
  adamw?: {
    /** Default: that of the matrices. `schedule` holds for both. */
    learningRate?: number;
    /** Decay of the first moment, a step. Default 0.9. */
    beta1?: number;
    /** Decay of the second moment, a step. Default 0.999. */
    beta2?: number;
    /** Added to the root of the second moment. Default 1e-8. */
    epsilon?: number;
    /** Default 0.01. */
    weightDecay?: number;
  };
}

/** First-order optimisers as PyTorch defines them (weight decay is L2 for `sgd` and `adam`), and {@link MinimizerSpec}s. */
export type OptimizerSpec =
  | (Common &
      (
        | {
            type: 'sgd';
            /** Share of the last step's velocity that is kept. Default 0. */
            momentum?: number;
            /** Nesterov's form; needs a momentum. Default false. */
            nesterov?: boolean;
            /** An L2 penalty's factor. Default 0. */
            weightDecay?: number;
          }
        | {
            /** Weight decay is added to the gradient (`adam`) or taken off the weights (`adamw`). */
            type: 'adam' | 'adamw';
            /** Decay of the first moment, a step. Default 0.9. */
            beta1?: number;
            /** Decay of the second moment, a step. Default 0.999. */
            beta2?: number;
            /** Added to the root of the second moment. Default 1e-8. */
            epsilon?: number;
            /** Default 0; `adamw` 0.01. */
            weightDecay?: number;
          }
        | {
            type: 'rmsprop';
            /** Of the mean square, a step (PyTorch's `alpha`). Default 0.99. */
            decay?: number;
            /** Added to the root of the second moment. Default 1e-8. */
            epsilon?: number;
          }
        | MuonSpec
      ))
  | MinimizerSpec;

/** Of a strong Wolfe search. */
interface WolfeSearch {
  /** Of sufficient decrease: f(t) <= f(0) + c1 t f'(0). Default 1e-4. */
  c1?: number;
  /** Of the slope: |f'(t)| <= c2 |f'(0)|. Default 0.9. */
  c2?: number;
  /** Evaluations of one search at most. Default 25. */
  maxEvaluations?: number;
}

/**
 * Minimisers of the whole batch's loss (no `batchSize`): one step is one accepted line search (`lbfgs`, `bfgs`), one sweep
 * over all directions (`powell`, some twenty evaluations a parameter) or one generation (`particleSwarm`). Where nothing
 * lower can be found, the training ends with `stopReason: 'converged'`.
 */
export type MinimizerSpec =
  /** Limited-memory BFGS (Liu and Nocedal 1989). `history`: pairs that are kept, default 10. */
  | ({
      type: 'lbfgs';
      /** Pairs of steps and gradients that are kept. Default 10. */
      history?: number;
    } & WolfeSearch)
  /** BFGS with the whole inverse Hessian: 8 bytes for the square of the number of parameters. */
  | ({ type: 'bfgs' } & WolfeSearch)
  /** Powell's direction set (1964), without derivatives. `tolerance`: of a line's minimum, relative, default 1e-3. */
  | {
      type: 'powell';
      /** Of a line's minimum, relative. Default 1e-3. */
      tolerance?: number;
    }
  /** With a global best (Kennedy and Eberhart 1995), without derivatives; the model has the best particle's parameters. */
  | {
      type: 'particleSwarm';
      /** Default 40. */
      particles?: number;
      /** Default 0.7298, and 1.49618 for both pulls (Clerc and Kennedy 2002). */
      inertia?: number;
      /** Pull of a particle's own best. */
      cognitive?: number;
      /** Pull of the swarm's best. */
      social?: number;
      /** Standard deviation of the first positions around the model's parameters. Default 1. */
      spread?: number;
    };
