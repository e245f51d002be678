/** The page of one system: claim and formula, figures, expected and measured, and how to get it again. */
import type { Experiment, PresetName } from '../experiment/define.js';
import { presetNames } from '../experiment/define.js';
import { parameterList } from '../experiment/listing.js';
import { type Html, html } from '../report/html.js';
import { claimsTable, facts, linked, player, problemsOf, tableOf } from '../report/parts.js';
import { codeOf } from '../runs/find.js';
import { changedClaims, verifiedClaims } from '../runs/verify.js';
import type { Words } from '../words/index.js';
import { formulaHtml } from './formula.js';
import { type PaperRun, paperDigest } from './paper-runs.js';
import { shell } from './shell.js';
import { type System, verdictOf } from './system.js';
import { groupOf, titleOf } from './themes.js';

/** The pages before and after it, for the links at its end. */
export interface Neighbours {
  before?: Experiment | undefined;
  after?: Experiment | undefined;
}

export function systemPage(system: System, { before, after }: Neighbours, words: Words): string {
  const { gallery: said } = words;
  const { experiment, run, failure, paper, code } = system;
  const { id, title, source, statement, formula } = experiment;
  const { good, text } = verdictOf(system, words);
  const body = html`<header class="page">
<p class="crumbs"><a href="index.html">${said.title}</a> · ${titleOf(groupOf(experiment), words)}</p>
<h1>${title}</h1>
<p class="soft">${id} · ${linked(source)}</p>
</header>
<main id="content">
<p>${statement}</p>
${formula !== undefined && html`<p class="formula">${formulaHtml(formula)}</p>`}
<h2>${said.claimedAndMeasured} <span class="verdict ${good ? 'good' : 'bad'}">${text}</span></h2>
${run ? html`<p class="soft">${said.ran(run.record.seed, run.record.seconds.toFixed(1), run.record.machine.processor, run.record.machine.cores)}</p>${claimsTable(run.record.claims, words)}${problemsOf(run.record, words)}` : html`<p>${failure === undefined ? said.notRunText : said.failure(failure)}</p>`}
${run?.playback && html`<h2>${said.stepByStep}</h2>${player(run.playback, 0, words)}`}
${run && run.record.figures.length > 0 && html`<h2>${said.figures}</h2><div class="figures">${run.record.figures.map((figure) => figureOf(id, figure, run.figures[figure.id] ?? '', words))}</div>`}
${run?.record.tables.map((table) => tableOf(table.title, run.tables[table.id] ?? '', `data/${table.id}.csv`, words))}
${verifiedPart(system, words)}
<h2>${said.paper}</h2>
${paperPart(experiment, paper, words)}
<h2>${said.again}</h2>
<pre tabindex="0"><code>npx fprinciple run ${id} --seed ${run?.record.seed ?? 0}</code></pre>
<pre tabindex="0"><code class="typescript">${snippet(id, run?.record.seed ?? 0)}</code></pre>
${code !== undefined && html`<details><summary>${said.code}</summary><pre tabindex="0"><code>${code}</code></pre></details>`}
<h2>${said.parameters}</h2>
${parametersTable(experiment, words)}
${run && html`<details><summary>${said.ranOn}</summary><div class="scroll"><table><tbody>${facts(run.record, words).map(([name, value]) => html`<tr><th>${name}</th><td>${value}</td></tr>`)}</tbody></table></div></details>`}
<nav class="pager" aria-label="${said.neighbours}"><span>${before && html`← <a href="${before.id}.html">${before.title}</a>`}</span><span>${after && html`<a href="${after.id}.html">${after.title}</a> →`}</span></nav>
</main>
<footer><a href="index.html">${said.all}</a></footer>`;
  return shell({ title, body, player: run?.playback !== undefined }, words);
}

/** The width that an SVG asks for, in pixels; 0 where it does not say. */
export const widthOf = (svg: string): number => Number(/<svg[^>]*\swidth="([\d.]+)"/.exec(svg)?.[1] ?? 0);

/** Where a figure's file lies, from the gallery's folder. */
export const figureFile = (id: string, figure: string): string => `figures/${id}-${figure}.svg`;

/** Pixels above which a figure takes the page's whole width. */
const wide = 760;

function figureOf(
  id: string,
  figure: { id: string; title: string; caption: string },
  svg: string,
  { gallery }: Words,
): Html {
  const file = figureFile(id, figure.id);
  return html`<figure id="${figure.id}" class="${widthOf(svg) > wide && 'wide'}"><div class="scroll"><a href="${file}" title="${gallery.figureAlone}"><img src="${file}" alt="${figure.title}" loading="lazy"></a></div><figcaption>${figure.caption}</figcaption></figure>`;
}

const snippet = (id: string, seed: number): string => `import { experimentById, runExperiment } from 'fprinciple';

const { claims, figures, metrics } = await runExperiment(experimentById('${id}'), { preset: 'quick', seed: ${seed} });
for (const { statement, measured, pass } of claims) console.log(pass ? 'holds ' : 'FAILED', statement, measured);`;

/** On how many fresh seeds each claim held, in the last round; and which have other numbers by now. */
function verifiedPart({ experiment, run, verified = [] }: System, { gallery: said }: Words): Html | false {
  const last = verified.filter(({ preset }) => preset === 'quick').at(-1);
  if (!last) return false;
  const changed = last.code === codeOf(experiment) || !run ? [] : changedClaims(last, run.record.claims);
  const rows = verifiedClaims(last).map(({ id, held, of, interval: [low, high] }) => {
    const range = said.range(Math.round(100 * low), Math.round(100 * high));
    return html`<tr><td>${id}</td><td class="number">${said.freshSeeds(held, of)}</td><td class="number">${range}</td></tr>`;
  });
  return html`<h2>${said.fresh}</h2>
<p class="soft">${said.round(last.round, last.version)}${changed.length > 0 && html` <strong>${said.stale(changed.join(', '))}</strong>`}</p>
<div class="scroll"><table><tbody>${rows}</tbody></table></div>`;
}

function paperPart(experiment: Experiment, runs: readonly PaperRun[], words: Words): Html {
  const { gallery: said } = words;
  const command = html`<pre tabindex="0"><code>npx fprinciple run ${experiment.id} --preset paper</code></pre>`;
  const estimate = experiment.seconds.paper;
  const time = estimate === undefined ? said.noEstimate : said.estimate(duration(estimate, words));
  if (runs.length === 0) return html`<p>${said.paperNotRun} ${time}</p>${command}`;
  const now = paperDigest(experiment);
  return html`${runs.map((run) => {
    const changed = run.parameters !== now && html` <strong>${said.paperChanged}</strong>`;
    return html`<p class="soft">${said.paperRan(run.seed, duration(run.seconds, words), run.machine, run.date, run.version)}${changed}</p>${claimsTable(run.claims, words)}`;
  })}${command}`;
}

function parametersTable(experiment: Experiment, { gallery }: Words): Html {
  const rows = parameterList(experiment).map(
    ({ path, description, values }) =>
      html`<tr><td><code>${path}</code></td>${presetNames.map((name) => html`<td data-name="${name}"><code>${shown(values, name)}</code></td>`)}<td>${description}</td></tr>`,
  );
  return html`<div class="scroll"><table class="parameters"><thead><tr><th>${gallery.parameter}</th>${presetNames.map((name) => html`<th>${name}</th>`)}<th></th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

const shown = (values: Record<PresetName, unknown>, name: PresetName): string =>
  values[name] === undefined ? '-' : JSON.stringify(values[name]).replaceAll(',', ', ');

/** `8 s`, `3 min`, `2.5 h`. */
function duration(seconds: number, { gallery }: Words): string {
  if (seconds < 90) return gallery.seconds(String(Number(seconds.toPrecision(2))));
  return seconds < 5400
    ? gallery.minutes(String(Math.round(seconds / 60)))
    : gallery.hours((seconds / 3600).toFixed(1));
}
