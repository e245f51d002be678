/** The playground's worker: the page's session on the WebAssembly engine. */
import { decodeMessage } from '../message.js';
import { type Command, Session } from '../session.js';
import { addonOf, type EngineModule } from './addon.js';
import { setEngine } from './native.js';

// A message of its own comes after those that wait already: it is no timer, which would be held back.
const channel = new MessageChannel();
const waiting: (() => void)[] = [];
channel.port1.onmessage = () => waiting.shift()?.();
const breathe = () =>
  new Promise<void>((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(0);
  });

const session = new Session((message) => postMessage(message), breathe);
let started: Promise<void> | undefined;

addEventListener('message', ({ data }: MessageEvent<Uint8Array | { module: ArrayBuffer }>) => {
  if ('module' in data) {
    started = WebAssembly.instantiate(data.module, {}).then(({ instance }) => {
      setEngine(addonOf(instance.exports as unknown as EngineModule));
    });
  } else {
    const { body } = decodeMessage<Command>(data);
    void started?.then(() => session.command(body));
  }
});
