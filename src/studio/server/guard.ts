/** Who may ask the studio's server: a browser on this machine, by the address that the server printed, and nobody else. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** A token of 144 random bits. */
export const newToken = (): string => randomBytes(18).toString('base64url');

const LOCAL = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/**
 * Why a request is refused; `undefined` where it is not. The `Host` has to be this machine's own (another name that was bent
 * to 127.0.0.1 is no way in), an `Origin` that host's own, and the token the server's. The port may differ, as it does
 * behind an SSH tunnel.
 */
export function refusal(request: IncomingMessage, token: string, needsOrigin = false): string | undefined {
  const { host, origin } = request.headers;
  if (!isLocal(request)) return 'this server answers on 127.0.0.1 only';
  if (origin === undefined ? needsOrigin : origin !== `http://${host}`) return 'this server answers its own page only';
  const given = addressOf(request).searchParams.get('token') ?? '';
  if (!same(given, token)) return 'open the address that `fprinciple studio` printed: it holds the token';
  return undefined;
}

/** Whether the address that was asked is this machine's own: another name that was bent to 127.0.0.1 is not. */
export const isLocal = ({ headers: { host } }: IncomingMessage): boolean => host !== undefined && LOCAL.test(host);

export const addressOf = (request: IncomingMessage): URL => new URL(request.url ?? '/', 'http://localhost');

function same(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** What the page may do: its own script, style and socket, pictures that it made itself. */
export const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self' ws://127.0.0.1:* ws://localhost:*",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** What a report may do: run the script that it holds, as if it came from nowhere. */
export const reportPolicy =
  "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:";
