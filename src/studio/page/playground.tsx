/** The page without a server: its engine lies in it, as WebAssembly. */
import { render } from 'preact';
import { App } from './app.js';
import { WorkerEngine } from './engine.js';
import { asked, Excerpt } from './excerpt.js';
import { start } from './store.js';
import './style.css';

const text = (id: string): string => document.getElementById(id)?.textContent ?? '';
/** The engine lies in the page packed. */
const unpacked = (packed: string): Promise<ArrayBuffer> => {
  const bytes = Uint8Array.from(atob(packed), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
};

render(asked.length > 0 ? <Excerpt /> : <App />, document.getElementById('page')!);
void unpacked(text('module')).then((module) => start(new WorkerEngine(JSON.parse(text('worker')) as string, module)));
