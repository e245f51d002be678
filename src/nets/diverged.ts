/** What is not finite because a training diverged says so, instead of what it met first. */
import { DivergedError, FprincipleError, invalidArgument } from '../core/errors.js';

/**
 * Does work on a model's parameters.
 * @throws DivergedError in place of a `NON_FINITE` where the model's last training diverged; any other error as it is
 */
export async function sayingDiverged<T>(
  model: { readonly divergedAt?: number | undefined },
  work: () => Promise<T>,
): Promise<T> {
  let divergedAt: number | undefined;
  try {
    divergedAt = model.divergedAt;
  } catch (cause) {
    throw invalidArgument('model: expected a model, got an object that cannot be read', { cause });
  }
  try {
    return await work();
  } catch (error) {
    if (divergedAt === undefined || !(error instanceof FprincipleError) || error.code !== 'NON_FINITE') throw error;
    // Inputs have been checked by then, by name: what is left is what the parameters make of them.
    throw /^(x|x1|x2|y|v|points|target|collocation)\b/.test(error.message)
      ? error
      : new DivergedError(
          `the training diverged at step ${divergedAt}, and its parameters give: ${error.message}`,
          divergedAt,
          {
            cause: error,
          },
        );
  }
}
