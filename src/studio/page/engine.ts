/** Where the page's network is trained: a server on this machine, or a worker of the page itself. */
import { decodeMessage, encodeMessage, type Message } from '../message.js';
import type { Command, Heard } from '../session.js';
import { words } from './words.js';

export interface Engine {
  /** `playground`: without a server, so without files of one's own size, runs and sweeps. */
  readonly kind: 'server' | 'playground';
  send(command: Command): void;
  listen(hear: (message: Message<Heard>) => void, lost: (why: string) => void): void;
}

/** The server's token, from the page's address; it stays out of what is linked and copied. */
export const token = (): string => new URLSearchParams(location.search).get('token') ?? '';

/** The server that this page came from, by a socket. */
export class ServerEngine implements Engine {
  readonly kind = 'server';
  readonly #waiting: Command[] = [];
  readonly #socket: WebSocket;

  constructor() {
    const { host } = location;
    this.#socket = new WebSocket(`ws://${host}/session?token=${encodeURIComponent(token())}`);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.addEventListener('open', () => {
      for (const command of this.#waiting.splice(0)) this.#write(command);
    });
  }

  send(command: Command): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#write(command);
    else this.#waiting.push(command);
  }

  #write(command: Command): void {
    this.#socket.send(JSON.stringify(command));
  }

  listen(hear: (message: Message<Heard>) => void, lost: (why: string) => void): void {
    this.#socket.addEventListener('message', ({ data }: MessageEvent<ArrayBuffer>) => {
      hear(decodeMessage<Heard>(new Uint8Array(data)));
    });
    this.#socket.addEventListener('close', () => {
      lost(words.value.studio.said.serverEnded);
    });
  }
}

/** A worker of the page with the engine as WebAssembly. */
export class WorkerEngine implements Engine {
  readonly kind = 'playground';
  readonly #worker: Worker;

  constructor(source: string, module: ArrayBuffer) {
    const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
    this.#worker = new Worker(url, { name: 'fprinciple engine' });
    this.#worker.postMessage({ module }, [module]);
  }

  send(command: Command): void {
    this.#worker.postMessage(encodeMessage({ body: command, arrays: {} }));
  }

  listen(hear: (message: Message<Heard>) => void, lost: (why: string) => void): void {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<Message<Heard>>) => hear(data));
    this.#worker.addEventListener('error', ({ message }) => lost(words.value.studio.said.engineStopped(message)));
  }
}
