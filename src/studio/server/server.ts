/** The studio's server: the page, a training for each socket, and the lab's desk, on 127.0.0.1. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { resolve } from 'node:path';
import { type WebSocket, WebSocketServer } from 'ws';
import { FprincipleError } from '../../core/errors.js';
import { checkInteger, checkOptions } from '../../core/options.js';
import { encodeMessage } from '../message.js';
import { type Command, Session } from '../session.js';
import { answerDesk } from './desk.js';
import { addressOf, newToken, refusal } from './guard.js';
import { pageHtml } from './html.js';
import { listen } from './listen.js';
import { send } from './respond.js';

export interface StudioOptions {
  /** 0: any that is free. Default 4242, or any that is free where that is taken. */
  port?: number;
  /** Below it lie the run folders and sweeps that the desk shows. Default: the working directory. */
  folder?: string;
  /** Called when nobody has looked for so many milliseconds. */
  onLeft?: {
    /** In milliseconds. */
    after: number;
    /** The studio goes on until it is closed. */
    call: () => void;
  };
}

/** A running studio. */
export interface Studio {
  /** With the token: whoever has it may use the studio. */
  url: string;
  /** On which it listens, of this machine only. */
  port: number;
  /** Ends its trainings and leaves the port. */
  close(): Promise<void>;
}

const DEFAULT_PORT = 4242;
/** A command is small: a state with a target of one's own. */
const MOST_BYTES = 1 << 20;
/** What a page that reads too slowly may be behind; more is left out, since only pictures are lost by it. */
const MOST_BEHIND = 8 << 20;

const built = new URL('../../../dist/studio/page/', import.meta.url);

/** Starts the server; it listens on 127.0.0.1 alone. @throws `IO` where the port is taken or the page is not built */
export async function startStudio(options: StudioOptions = {}): Promise<Studio> {
  const { port, folder = '.', onLeft } = checkOptions(options, ['port', 'folder', 'onLeft']);
  if (port !== undefined) checkInteger(port, 'port', 0, 65_535);
  const token = newToken();
  const place = resolve(folder);
  const files = await pageFiles();
  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      send(response, 500, 'text/plain', error instanceof Error ? error.message : String(error));
    });
  });
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_BYTES });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const why = refusal(request, token);
    if (why !== undefined) return send(response, 403, 'text/plain', why);
    const { pathname } = addressOf(request);
    if (pathname.startsWith('/desk/')) return answerDesk(request, response, place);
    if (request.method !== 'GET') return send(response, 405, 'text/plain', 'only GET');
    if (pathname === '/') return send(response, 200, 'text/html', pageHtml(token));
    const file = files.get(pathname);
    if (file) return send(response, 200, file.type, file.body);
    send(response, 404, 'text/plain', 'there is no such page');
  }

  server.on('upgrade', (request, socket, head) => {
    if (refusal(request, token, true) !== undefined || addressOf(request).pathname !== '/session') {
      socket.end('HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, socket, head, serve);
  });
  let leaving: NodeJS.Timeout | undefined;
  const left = () => {
    if (onLeft && sockets.clients.size === 0) leaving = setTimeout(onLeft.call, onLeft.after);
  };
  sockets.on('error', () => {});
  left();

  function serve(socket: WebSocket): void {
    clearTimeout(leaving);
    const session = sessionOf(socket);
    socket.on('message', (data) => {
      const command = readCommand(String(data));
      if (command) void session.command(command);
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => {
      session.close();
      left();
    });
  }

  const listening = await listen(server, port, DEFAULT_PORT);
  return {
    url: `http://127.0.0.1:${listening}/?token=${token}`,
    port: listening,
    close: () => {
      clearTimeout(leaving);
      for (const socket of sockets.clients) socket.terminate();
      server.closeAllConnections();
      return new Promise((done) => server.close(() => done()));
    },
  };
}

function sessionOf(socket: WebSocket): Session {
  return new Session(
    (message) => {
      // A training is never held up by who looks at it.
      if (socket.readyState !== socket.OPEN) return;
      if (message.body.type === 'record' && !message.body.kept && socket.bufferedAmount > MOST_BEHIND) return;
      socket.send(encodeMessage(message));
    },
    () => new Promise((done) => setImmediate(done)),
  );
}

function readCommand(text: string): Command | undefined {
  try {
    const command = JSON.parse(text) as Command;
    return typeof command?.do === 'string' ? command : undefined;
  } catch {
    return undefined;
  }
}

async function pageFiles(): Promise<Map<string, { type: string; body: Buffer }>> {
  const read = async (name: string, type: string) => {
    try {
      return [`/${name}`, { type, body: await readFile(new URL(name, built)) }] as const;
    } catch (cause) {
      throw new FprincipleError('IO', `the studio's page is not built: in a clone, run \`npm run build:ts\``, {
        cause,
      });
    }
  };
  return new Map([await read('page.js', 'text/javascript'), await read('page.css', 'text/css')]);
}
