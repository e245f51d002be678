/** The page without a server: its engine lies in it, as WebAssembly. */
import { render } from 'preact';
import 'uplot/dist/uPlot.min.css';
import { App } from './app.js';
import { WorkerEngine } from './engine.js';
import { start } from './store.js';
import './style.css';

const text = (id: string): string => document.getElementById(id)?.textContent ?? '';
const module = Uint8Array.from(atob(text('module')), (c) => c.charCodeAt(0)).buffer;

render(<App />, document.getElementById('page')!);
start(new WorkerEngine(JSON.parse(text('worker')) as string, module));
