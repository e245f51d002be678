/** The gallery's first page: a path for newcomers, then every system with a picture and its verdict, by theme. */
import { type Html, html } from '../report/html.js';
import type { Words } from '../words/index.js';
import { newcomersPath } from './path.js';
import { shell } from './shell.js';
import { type System, verdictOf } from './system.js';
import { byTheme, titleOf } from './themes.js';

/** @param pictures ids that have a thumbnail, `thumbnails/<id>.png` */
export function indexPage(
  systems: readonly System[],
  pictures: ReadonlySet<string>,
  words: Words,
  playground = false,
): string {
  const { gallery: said } = words;
  const claims = systems.flatMap(({ run }) => run?.record.claims ?? []);
  const held = claims.filter((claim) => claim.pass).length;
  const seconds = systems.reduce((sum, { run }) => sum + (run?.record.seconds ?? 0), 0);
  const machine = systems.find(({ run }) => run)?.run?.record.machine;
  const unfinished = systems.filter(({ run }) => !run).length;
  const groups = byTheme(systems);
  const body = html`<header class="page">
<h1>${said.heading}</h1>
<p>${said.lead}</p>
<p class="soft">${said.counts(systems.length, claims.length, held, unfinished)} ${machine && said.inAll(Math.round(seconds), machine.processor, machine.cores)}</p>
<nav aria-label="${said.themes}"><ul>${groups.map(({ group, systems }) => html`<li><a href="#${group.id}"><span>${titleOf(group, words)}</span><span class="soft">${said.systems(systems.length)}</span></a></li>`)}${playground && html`<li><a href="playground.html"><span>${said.playground}</span><span class="soft">${said.playgroundLead}</span></a></li>`}<li><a href="sources.html"><span>${said.sources}</span><span class="soft">${said.sourcesShort}</span></a></li></ul></nav>
</header>
<main id="content">
${pathOf(systems, words)}
${groups.map(({ group, systems }) => html`<section id="${group.id}"><h2>${titleOf(group, words)}</h2><ul class="cards">${systems.map((system) => card(system, pictures.has(system.experiment.id), words))}</ul></section>`)}
</main>
<footer>${said.built}</footer>`;
  return shell({ title: said.title, body }, words);
}

/** The path for newcomers, as far as its systems are there. */
function pathOf(systems: readonly System[], { gallery: { path } }: Words): Html | false {
  const steps = newcomersPath.flatMap((id) =>
    systems.flatMap(({ experiment }) => (experiment.id === id ? [{ experiment, why: path.why[id] }] : [])),
  );
  if (steps.length === 0) return false;
  return html`<section id="path"><h2>${path.heading(steps.length)}</h2><ol class="path">${steps.map(({ experiment: { id, title }, why }) => html`<li><a href="${id}.html">${title}</a> <span class="soft">${why}</span></li>`)}</ol></section>`;
}

function card(system: System, pictured: boolean, words: Words): Html {
  const { experiment, run } = system;
  const { id, title } = experiment;
  const { good, text } = verdictOf(system, words);
  const picture = pictured
    ? html`<img src="thumbnails/${id}.png" alt="" loading="lazy">`
    : html`<div class="blank" aria-hidden="true">${words.gallery.noFigure}</div>`;
  return html`<li class="card">${picture}<div class="text"><h3><a href="${id}.html">${title}</a></h3><span class="id">${id}</span><span class="foot"><span class="verdict ${good ? 'good' : run || system.failure ? 'bad' : 'none'}">${text}</span>${run && html`<span class="soft">${words.gallery.seconds(run.record.seconds.toFixed(1))}</span>`}</span></div></li>`;
}
