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
