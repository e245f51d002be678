/** The page of one system: claim and formula, figures, expected and measured, and how to get it again. */
import type { Experiment, PresetName } from '../experiment/define.js';
import { presetNames } from '../experiment/define.js';
import { parameterList } from '../experiment/listing.js';
import { type Html, html } from '../report/html.js';
import { claimsTable, facts, linked, player, problemsOf, tableOf } from '../report/parts.js';
import { codeOf } from '../runs/find.js';
import { verifiedClaims } from '../runs/verify.js';
import { formulaHtml } from './formula.js';
import { type PaperRun, paperDigest } from './paper-runs.js';
import { shell } from './shell.js';
import { type System, verdictOf } from './system.js';
import { groupOf } from './themes.js';

/** The pages before and after it, for the links at its end. */
export interface Neighbours {
  before?: Experiment | undefined;
  after?: Experiment | undefined;
}

export function systemPage(system: System, { before, after }: Neighbours): string {
  const { experiment, run, failure, paper, code } = system;
  const { id, title, source, statement, formula } = experiment;
  const { good, text } = verdictOf(system);
  const body = html`<header class="page">
<p class="crumbs"><a href="index.html">Gallery</a> · ${groupOf(experiment).title}</p>
<h1>${title}</h1>
<p class="soft">${id} · ${linked(source)}</p>
</header>
<main id="content">
<p>${statement}</p>
${formula !== undefined && html`<p class="formula">${formulaHtml(formula)}</p>`}
<h2>Claimed and measured <span class="verdict ${good ? 'good' : 'bad'}">${text}</span></h2>
${run ? html`<p class="soft">Quick preset, seed ${run.record.seed}, ${run.record.seconds.toFixed(1)} s on ${run.record.machine.processor}, ${run.record.machine.cores} cores.</p>${claimsTable(run.record.claims)}${problemsOf(run.record)}` : html`<p>${failure === undefined ? 'This experiment has not been run for this gallery.' : html`The run ended with an error: ${failure}`}</p>`}
${run?.playback && html`<h2>Step by step</h2>${player(run.playback, 0)}`}
${run && run.record.figures.length > 0 && html`<h2>Figures</h2><div class="figures">${run.record.figures.map((figure) => figureOf(id, figure, run.figures[figure.id] ?? ''))}</div>`}
${run?.record.tables.map((table) => tableOf(table.title, run.tables[table.id] ?? '', `data/${table.id}.csv`))}
${verifiedPart(system)}
<h2>With the settings of the source</h2>
${paperPart(experiment, paper)}
<h2>Make it again</h2>
<pre tabindex="0"><code>npx fprinciple run ${id} --seed ${run?.record.seed ?? 0}</code></pre>
<pre tabindex="0"><code class="typescript">${snippet(id, run?.record.seed ?? 0)}</code></pre>
${code !== undefined && html`<details><summary>The experiment itself, in TypeScript</summary><pre tabindex="0"><code>${code}</code></pre></details>`}
<h2>Parameters</h2>
${parametersTable(experiment)}
${run && html`<details><summary>What this run ran on</summary><div class="scroll"><table><tbody>${facts(run.record).map(([name, value]) => html`<tr><th>${name}</th><td>${value}</td></tr>`)}</tbody></table></div></details>`}
<nav class="pager" aria-label="Neighbouring systems"><span>${before && html`← <a href="${before.id}.html">${before.title}</a>`}</span><span>${after && html`<a href="${after.id}.html">${after.title}</a> →`}</span></nav>
</main>
<footer><a href="index.html">All systems</a></footer>`;
  return shell({ title, body, player: run?.playback !== undefined });
}

/** The width that an SVG asks for, in pixels; 0 where it does not say. */
export const widthOf = (svg: string): number => Number(/<svg[^>]*\swidth="([\d.]+)"/.exec(svg)?.[1] ?? 0);

/** Where a figure's file lies, from the gallery's folder. */
export const figureFile = (id: string, figure: string): string => `figures/${id}-${figure}.svg`;

/** Pixels above which a figure takes the page's whole width. */
const wide = 760;

function figureOf(id: string, figure: { id: string; title: string; caption: string }, svg: string): Html {
  const file = figureFile(id, figure.id);
  return html`<figure id="${figure.id}" class="${widthOf(svg) > wide && 'wide'}"><div class="scroll"><a href="${file}" title="the figure alone"><img src="${file}" alt="${figure.title}" loading="lazy"></a></div><figcaption>${figure.caption}</figcaption></figure>`;
}

const snippet = (id: string, seed: number): string => `import { experimentById, runExperiment } from 'fprinciple';

const { claims, figures, metrics } = await runExperiment(experimentById('${id}'), { preset: 'quick', seed: ${seed} });
for (const { statement, measured, pass } of claims) console.log(pass ? 'holds ' : 'FAILED', statement, measured);`;

/** On how many fresh seeds each claim held, in the last round; and whether the code has changed since. */
function verifiedPart({ experiment, verified = [] }: System): Html | false {
  const last = verified.filter(({ preset }) => preset === 'quick').at(-1);
  if (!last) return false;
  const stale = last.code !== codeOf(experiment);
  const rows = verifiedClaims(last).map(({ id, held, of, interval: [low, high] }) => {
    const range = `${Math.round(100 * low)} to ${Math.round(100 * high)} %`;
    return html`<tr><td>${id}</td><td class="number">${held} of ${of} fresh seeds</td><td class="number">${range}</td></tr>`;
  });
  return html`<h2>On seeds that nobody picked</h2>
<p class="soft">Round ${last.round} of version ${last.version}, quick preset. The interval is Wilson's at 95 %.${stale && html` <strong>The code has changed since.</strong>`}</p>
<div class="scroll"><table><tbody>${rows}</tbody></table></div>`;
}

function paperPart(experiment: Experiment, runs: readonly PaperRun[]): Html {
  const command = html`<pre tabindex="0"><code>npx fprinciple run ${experiment.id} --preset paper</code></pre>`;
  const estimate = experiment.seconds.paper;
  const time =
    estimate === undefined
      ? 'Nobody has estimated its time.'
      : `About ${duration(estimate)} on two cores (an estimate).`;
  if (runs.length === 0) return html`<p>The paper preset has not been run for this gallery. ${time}</p>${command}`;
  const now = paperDigest(experiment);
  return html`${runs.map((run) => {
    const changed = run.parameters !== now && html` <strong>The preset's parameters have changed since.</strong>`;
    return html`<p class="soft">Paper preset, seed ${run.seed}: ${duration(run.seconds)} on ${run.machine}, ${run.date}, version ${run.version}.${changed}</p>${claimsTable(run.claims)}`;
  })}${command}`;
}

function parametersTable(experiment: Experiment): Html {
  const rows = parameterList(experiment).map(
    ({ path, description, values }) =>
      html`<tr><td><code>${path}</code></td>${presetNames.map((name) => html`<td data-name="${name}"><code>${shown(values, name)}</code></td>`)}<td>${description}</td></tr>`,
  );
  return html`<div class="scroll"><table class="parameters"><thead><tr><th>Parameter</th>${presetNames.map((name) => html`<th>${name}</th>`)}<th></th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

const shown = (values: Record<PresetName, unknown>, name: PresetName): string =>
  values[name] === undefined ? '-' : JSON.stringify(values[name]).replaceAll(',', ', ');

/** `8 s`, `3 min`, `2.5 h`. */
function duration(seconds: number): string {
  if (seconds < 90) return `${Number(seconds.toPrecision(2))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
