/** The one door to what needs BullMQ and ioredis, which are not installed with this package: loaded where it is used. */
import { FprincipleError } from '../../core/errors.js';

/** What runs a sweep, or cancels one, through a queue. @throws `IO` where a package is missing */
export const loadQueue = () => installed(() => import('./bullmq.js'));

/** What does the runs in a queue. @throws `IO` where a package is missing */
export const loadWorker = () => installed(() => import('./worker.js'));

async function installed<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { code, message = '' } = cause as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND' || !/'(bullmq|ioredis)'/.test(message)) throw cause;
    throw new FprincipleError('IO', 'a queue on Redis needs two more packages: run `npm install bullmq ioredis`', {
      cause,
    });
  }
}
