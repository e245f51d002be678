/** The gallery's first page: a path for newcomers, then every system with a picture and its verdict, by theme. */
import { type Html, html } from '../report/html.js';
import { count } from '../report/parts.js';
import { newcomersPath } from './path.js';
import { shell } from './shell.js';
import { type System, verdictOf } from './system.js';
import { byTheme } from './themes.js';

/** @param pictures ids that have a thumbnail, `thumbnails/<id>.png` */
export function indexPage(systems: readonly System[], pictures: ReadonlySet<string>, playground = false): string {
  const claims = systems.flatMap(({ run }) => run?.record.claims ?? []);
  const held = claims.filter((claim) => claim.pass).length;
  const seconds = systems.reduce((sum, { run }) => sum + (run?.record.seconds ?? 0), 0);
  const machine = systems.find(({ run }) => run)?.run?.record.machine;
  const unfinished = systems.filter(({ run }) => !run).length;
  const groups = byTheme(systems);
  const body = html`<header class="page">
<h1>How networks learn, by frequency: the gallery</h1>
<p>Every experiment of fprinciple, run with its quick preset and seed 0. Each page says what is claimed and by whom, what was measured, and how to make it again.</p>
<p class="soft">${count(systems.length, 'system')}, ${count(claims.length, 'claim')}: ${held} held, ${claims.length - held} failed${unfinished > 0 && `; ${unfinished} not run`}. ${machine && html`${Math.round(seconds)} s in all on ${machine.processor}, ${machine.cores} cores.`}</p>
<nav aria-label="Themes"><ul>${groups.map(({ group, systems }) => html`<li><a href="#${group.id}"><span>${group.title}</span><span class="soft">${count(systems.length, 'system')}</span></a></li>`)}${playground && html`<li><a href="playground.html"><span>Playground</span><span class="soft">train one in the browser</span></a></li>`}<li><a href="sources.html"><span>Sources</span><span class="soft">every one in full</span></a></li></ul></nav>
</header>
<main id="content">
${pathOf(systems)}
${groups.map(({ group, systems }) => html`<section id="${group.id}"><h2>${group.title}</h2><ul class="cards">${systems.map((system) => card(system, pictures.has(system.experiment.id)))}</ul></section>`)}
</main>
<footer>Built by <code>npm run gallery</code>. Works offline.</footer>`;
  return shell({ title: 'Gallery', body });
}

/** The path for newcomers, as far as its systems are there. */
function pathOf(systems: readonly System[]): Html | false {
  const steps = newcomersPath.flatMap(({ id, why }) =>
    systems.flatMap(({ experiment }) => (experiment.id === id ? [{ experiment, why }] : [])),
  );
  if (steps.length === 0) return false;
  return html`<section id="path"><h2>New here? Read these ${steps.length} first</h2><ol class="path">${steps.map(({ experiment: { id, title }, why }) => html`<li><a href="${id}.html">${title}</a> <span class="soft">${why}</span></li>`)}</ol></section>`;
}

function card(system: System, pictured: boolean): Html {
  const { experiment, run } = system;
  const { id, title } = experiment;
  const { good, text } = verdictOf(system);
  const picture = pictured
    ? html`<img src="thumbnails/${id}.png" alt="" loading="lazy">`
    : html`<div class="blank" aria-hidden="true">no figure</div>`;
  return html`<li class="card">${picture}<div class="text"><h3><a href="${id}.html">${title}</a></h3><span class="id">${id}</span><span class="foot"><span class="verdict ${good ? 'good' : run || system.failure ? 'bad' : 'none'}">${text}</span>${run && html`<span class="soft">${run.record.seconds.toFixed(1)} s</span>`}</span></div></li>`;
}
