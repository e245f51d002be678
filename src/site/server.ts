/** The documentation site as it was built, on 127.0.0.1: an archive of its files. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { FprincipleError } from '../core/errors.js';
import { readZip } from '../core/zip.js';
import { addressOf, isLocal } from '../studio/server/guard.js';
import { listen } from '../studio/server/listen.js';

/** A running site. */
export interface Site {
  url: string;
  /** On which it listens, of this machine only. */
  port: number;
  /** Leaves the port. */
  close(): Promise<void>;
}

const DEFAULT_PORT = 4244;

const types: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/**
 * @param port default 4244, or any that is free
 * @param archive default: that of the package
 * @throws `IO` where the port is taken or the site is not there
 */
export async function startSite(port?: number, archive = built): Promise<Site> {
  const files = await siteFiles(archive);
  const server = createServer((request, response) => answer(files, request, response));
  const listening = await listen(server, port, DEFAULT_PORT);
  return {
    url: `http://127.0.0.1:${listening}/`,
    port: listening,
    close: () => {
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

function answer(files: ReadonlyMap<string, Uint8Array>, request: IncomingMessage, response: ServerResponse): void {
  const send = (status: number, type: string, body: string | Uint8Array) =>
    response.writeHead(status, { 'content-type': type, 'x-content-type-options': 'nosniff' }).end(body);
  if (!isLocal(request)) return void send(403, 'text/plain', 'this server answers on 127.0.0.1 only');
  if (request.method !== 'GET' && request.method !== 'HEAD') return void send(405, 'text/plain', 'only GET');
  const { pathname } = addressOf(request);
  const name = pathname.slice(1) + (pathname.endsWith('/') ? 'index.html' : '');
  // Known names alone: there is no path to a file of the machine.
  const body = files.get(name) ?? files.get(`${name}.html`);
  if (body) return void send(200, types[extname(name)] ?? types['.html'] ?? '', body);
  send(404, 'text/html; charset=utf-8', files.get('404.html') ?? 'there is no such page');
}

const built = new URL('../../dist/site.zip', import.meta.url);

async function siteFiles(archive: URL): Promise<Map<string, Uint8Array>> {
  try {
    return new Map(Object.entries(readZip(await readFile(archive))));
  } catch (cause) {
    throw new FprincipleError('IO', 'the documentation is not built: in a clone, run `npm run docs -- --lean`', {
      cause,
    });
  }
}
