/** The page of the studio's server. */
import { render } from 'preact';
import { App } from './app.js';
import { views } from './desk.js';
import { ServerEngine } from './engine.js';
import { start } from './store.js';
import './style.css';

render(<App views={views} />, document.getElementById('page')!);
start(new ServerEngine());
