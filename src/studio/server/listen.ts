/** Listening on this machine alone. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { FprincipleError } from '../../core/errors.js';

/** The port that is listened on: the one asked for, else the default, else any. */
export async function listen(server: Server, port: number | undefined, usual: number): Promise<number> {
  const attempt = (at: number) =>
    new Promise<number>((done, fail) => {
      server.once('error', fail);
      server.listen(at, '127.0.0.1', () => {
        server.off('error', fail);
        done((server.address() as AddressInfo).port);
      });
    });
  try {
    return await attempt(port ?? usual);
  } catch (cause) {
    if (port === undefined) return attempt(0);
    throw new FprincipleError('IO', `--port: ${port} cannot be listened on: ${(cause as Error).message}`, { cause });
  }
}
