/** One page of a sweep: what was asked, what came of it, tables and figures. Opens from disk and works offline. */
import { formatNumber } from '../experiment/claims.js';
import type { Table } from '../experiment/define.js';
import type { Figure } from '../figures/figure.js';
import { renderSvg } from '../figures/render.js';
import { framed } from '../report/frame.js';
import { type Html, html, raw } from '../report/html.js';
import { isolated } from '../report/parts.js';
import { sweepHeatmap, sweepLines } from './figures.js';
import type { OpenSweep, Standing } from './open.js';
import { describePoint, thisEngine } from './plan.js';
import { groupTable, metricNames, variedParameters } from './table.js';

/** Metrics and parameters that the page shows by itself; any other figure is a command away. */
const shown = 3;

/** The page; `metrics` are those shown, by default the first three. */
export async function sweepPage(
  { sweep, subject, runs }: OpenSweep,
  { results, failures, missing }: Standing,
  metrics?: readonly string[],
): Promise<string> {
  const all = { runs, results };
  const varied = variedParameters(all);
  const names = metrics ?? metricNames(all).slice(0, shown);
  const figures = names.flatMap((metric) => figuresOf(all, varied.slice(0, shown), metric));
  const drawn: Html[] = [];
  for (const [i, figure] of figures.entries()) {
    const svg = raw(isolated(await renderSvg(figure), `s${i}-`));
    drawn.push(html`<figure><div class="scroll">${svg}</div><figcaption>${figure.caption}</figcaption></figure>`);
  }
  const { version, simd } = [...results.values()][0] ?? thisEngine();
  const errors = [...failures.values()].slice(0, 50).map((failure) => {
    const run = runs.find(({ id }) => id === failure.id);
    return html`<tr><td>${run ? `${describePoint(run.point)}, seed ${run.seed}` : failure.id}</td><td>${failure.message}</td></tr>`;
  });
  const title = `Sweep of ${subject.experiment.title} (${subject.experiment.id})`;
  const body = html`<header class="page"><h1>${title}</h1>
<p class="soft">${runs.length} runs: ${results.size} done, ${failures.size} failed, ${missing.length} missing. fprinciple ${version}, SIMD path ${simd}.</p></header>
<main>
<h3>${`Median and quartiles by ${varied.join(', ') || 'nothing: one point'}`}</h3>
${names.length > 0 ? tableOf(groupTable(all, varied, names)) : html`<p>No run has a metric yet.</p>`}
<div class="figures">${drawn}</div>
${errors.length > 0 && html`<h3>Runs that failed</h3><div class="scroll"><table><tbody>${errors}</tbody></table></div>`}
<details><summary>What was asked for</summary><pre>${JSON.stringify(sweep, null, 2)}</pre></details>
</main>
<footer>Every run: fprinciple sweep table --csv. This page is complete in itself and works offline.</footer>`;
  return framed({ title, body });
}

/** A metric over each parameter, and over the first two together. */
function figuresOf(all: Parameters<typeof sweepLines>[0], varied: readonly string[], metric: string): Figure[] {
  if (![...all.results.values()].some((result) => typeof result.metrics[metric] === 'number')) return [];
  const [first, second] = varied;
  const lines = varied.map((x) => {
    const by = varied.find((path) => path !== x);
    return sweepLines(all, { x, y: metric, ...(varied.length === 2 && by !== undefined && { by }) });
  });
  if (first === undefined || second === undefined) return lines;
  return [...lines, sweepHeatmap(all, { x: first, y: second, color: metric })];
}

function tableOf({ columns }: Table): Html {
  const names = Object.keys(columns);
  const rows = columns[names[0]!]!.slice(0, 200).map((_, i) => {
    const cells = names.map((name) => {
      const cell = columns[name]![i]!;
      return html`<td class="number">${typeof cell === 'number' ? formatNumber(cell) : (cell ?? 'none')}</td>`;
    });
    return html`<tr>${cells}</tr>`;
  });
  return html`<div class="scroll"><table><thead><tr>${names.map((name) => html`<th>${name}</th>`)}</tr></thead><tbody>${rows}</tbody></table></div>`;
}
