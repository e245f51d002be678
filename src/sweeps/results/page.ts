/** One page of a sweep: what was asked, what came of it, tables and figures. Opens from disk and works offline. */
import { formatNumber } from '../../experiment/claims.js';
import type { Table } from '../../experiment/define.js';
import type { Figure } from '../../figures/figure.js';
import { renderSvg } from '../../figures/render.js';
import { framed } from '../../report/frame.js';
import { type Html, html } from '../../report/html.js';
import { pictureOf } from '../../report/parts.js';
import type { Costs } from '../executors/conduct.js';
import type { OpenSweep, Standing } from '../folder/open.js';
import { checkMetrics, groupRuns, metricNames, type Results, spreadOf, variedParameters } from '../plan/groups.js';
import type { RungState } from '../plan/halving.js';
import { describePoint, describeRun, type PlannedRun, thisEngine } from '../plan/plan.js';
import { sweepHeatmap, sweepLines } from './figures.js';
import { type Importance, importance } from './importance.js';
import { parallelFigure } from './parallel.js';
import { groupRows, groupTable } from './table.js';

/** Metrics and parameters that the page shows by itself; any other figure is a command away. */
const shown = 3;
const shownParameters = 6;
const shownGroups = 200;

/** Two figures beside each other where there is room, and cells that are read in one line. */
const style = '.figures { gap: 8px 24px; } figure { max-width: min(100%, 505px); } th, td { white-space: nowrap; }';

export interface PageOptions {
  /** Metrics shown. Default: the first three that differ and are no parameter of that name. */
  metrics?: readonly string[];
  /** Metrics of which larger is better. */
  max?: readonly string[];
  /** Sentences above the figures. */
  notes?: readonly string[];
  /** What was predicted before the sweep, beside what it took. */
  costs?: Costs | undefined;
  /** A comparison with another sweep, and its name. */
  compared?: { name: string; tables: readonly Table[] } | undefined;
  /** The rungs of a sweep with halving. */
  rungs?: readonly RungState[] | undefined;
}

/** The page. @throws `INVALID_ARGUMENT` for a metric that no run has */
export async function sweepPage(
  { sweep, subject, runs }: Pick<OpenSweep, 'sweep' | 'subject'> & { runs: readonly PlannedRun[] },
  { results, failures, missing }: Pick<Standing, 'failures' | 'missing'> & Pick<Results, 'results'>,
  { metrics, max = [], notes = [], costs, compared, rungs }: PageOptions = {},
): Promise<string> {
  const all = { runs, results, failures };
  checkMetrics(all, max);
  const varied = variedParameters(all);
  const names = metrics ?? tellingMetrics(all, varied).slice(0, shown);
  const figures = names.flatMap((metric) => {
    const parallel = parallelFigure(all, metric, max.includes(metric));
    const own = figuresOf(all, varied.slice(0, shownParameters), metric, max.includes(metric));
    return parallel ? [...own, parallel] : own;
  });
  const important = names.flatMap((metric) => importance(all, metric, max.includes(metric)) ?? []);
  const drawn: Html[] = [];
  for (const figure of figures) {
    const picture = pictureOf(await renderSvg(figure), figure.title);
    drawn.push(html`<figure><div class="scroll">${picture}</div><figcaption>${figure.caption}</figcaption></figure>`);
  }
  const { version, simd } = [...results.values()][0] ?? thisEngine();
  const errors = [...failures.values()].slice(0, 50).map((failure) => {
    const run = runs.find(({ id }) => id === failure.id);
    return html`<tr><td>${run ? describeRun(run) : failure.id}</td><td>${failure.message}</td></tr>`;
  });
  const title = `Sweep of ${subject.experiment.title} (${subject.experiment.id})`;
  const body = html`<header class="page"><h1>${title}</h1>
<p class="soft">${runs.length} runs: ${results.size} done, ${failures.size} failed, ${missing.length} missing. fprinciple ${version}, SIMD path ${simd}.</p></header>
<main>
${notes.map((note) => html`<p>${note}</p>`)}
${costs && html`<p class="soft">Predicted before the first run: ${duration(costs.predicted.seconds)} on one lane, ${megabytes(costs.predicted.bytes)} a run. Taken: ${duration(costs.took.seconds)} on one lane, at most ${megabytes(costs.took.bytes)} by the command's process with all its lanes.</p>`}
<div class="figures">${drawn}</div>
${important.length > 0 && html`<h3>Importance: the share of the variance of the runs' ranks that a parameter explains alone (first-order functional ANOVA on the full grid)</h3>${tableOf(importanceRows(important))}`}
${rungs && html`<h3>Rungs of the halving</h3>${tableOf(rungRows(rungs))}`}
${compared?.tables.map((table) => html`<h3>${table.title}: first ${compared.name}, second this one</h3>${tableOf(tableRows(table))}`)}
<h3>Median (lower to upper quartile) over runs that agree in their parameters; runs that diverged, failed or have no value count as the worst</h3>
${names.length > 0 ? tableOf(groupRows(groupTable(all, varied, names, max), varied, names)) : html`<p>No run has a metric yet.</p>`}
${errors.length > 0 && html`<h3>Runs that failed</h3><div class="scroll"><table><tbody>${errors}</tbody></table></div>`}
<details><summary>What was asked for</summary><pre>${JSON.stringify(sweep, null, 2)}</pre></details>
</main>
<footer>Every run: fprinciple sweep table --csv. This page is complete in itself and works offline.</footer>`;
  return framed({ title, body, style });
}

function importanceRows(important: readonly Importance[]): string[][] {
  const share = (v: number): string => `${(100 * v).toFixed(1)} %`;
  const rows = important.flatMap(({ metric, parameters, interactions, seeds }) => [
    ...parameters.map((one) => [metric, one.path, share(one.share)]),
    [metric, 'parameters together', share(interactions)],
    [metric, 'seeds', share(seeds)],
  ]);
  return [['metric', 'parameter', 'share'], ...rows];
}

function rungRows(rungs: readonly RungState[]): string[][] {
  const rows = rungs.map(({ share, configurations }) => {
    const went = configurations.filter(({ promoted }) => promoted).length;
    const [best] = configurations;
    const median = best?.median ?? null;
    return [
      `1/${Math.round(1 / share)}`,
      String(configurations.length),
      String(went),
      best ? describePoint(best.point) : '-',
      median === null ? '-' : formatNumber(median),
    ];
  });
  return [['budget', 'configurations', 'went on', 'best', 'its median'], ...rows];
}

function tableRows({ columns }: Table): string[][] {
  const names = Object.keys(columns);
  const cells = Object.values(columns);
  const text = (cell: unknown): string => (typeof cell === 'number' ? formatNumber(cell) : String(cell ?? '-'));
  return [names, ...(cells[0] ?? []).map((_, i) => cells.map((column) => text(column[i])))];
}

const duration = (seconds: number): string =>
  seconds < 120 ? `${seconds.toPrecision(3)} s` : `${(seconds / 60).toPrecision(3)} min`;
const megabytes = (bytes: number): string => `${(bytes / 1e6).toPrecision(3)} MB`;

/** A metric over each parameter, and over the first two together: what has a median to draw. */
function figuresOf(all: Results, varied: readonly string[], metric: string, max: boolean): Figure[] {
  const drawable = (by: readonly string[]): boolean =>
    groupRuns(all, by).some((group) => Number.isFinite(spreadOf(group, metric, { max }).median));
  // The pair with the most values says most as a map.
  const values = (path: string): number => new Set(all.runs.map(({ point }) => JSON.stringify(point[path]))).size;
  const [first, second] = [...varied].sort((a, b) => values(b) - values(a));
  const lines = varied.flatMap((x) => {
    const other = varied.length === 2 ? varied.find((path) => path !== x) : undefined;
    if (!drawable(other === undefined ? [x] : [x, other])) return [];
    return [sweepLines(all, { x, y: metric, max, ...(other !== undefined && { by: other }) })];
  });
  if (first === undefined || second === undefined || !drawable([first, second])) return lines;
  return [...lines, sweepHeatmap(all, { x: first, y: second, color: metric, max })];
}

/** Metrics that are not the same in every run, or all where none differs; no parameter of the same name. */
function tellingMetrics(all: Results, varied: readonly string[]): string[] {
  // How many diverged has a column of its own.
  const names = metricNames(all).filter((name) => !varied.includes(name) && name !== 'diverged');
  const results = [...all.results.values()];
  const telling = names.filter((name) => results.some(({ metrics }) => metrics[name] !== results[0]?.metrics[name]));
  return telling.length > 0 ? telling : names;
}

function tableOf([head = [], ...rows]: readonly string[][]): Html {
  const body = rows
    .slice(0, shownGroups)
    .map((row) => html`<tr>${row.map((cell) => html`<td class="number">${cell}</td>`)}</tr>`);
  const more = rows.length - body.length;
  return html`<div class="scroll"><table><thead><tr>${head.map((name) => html`<th>${name}</th>`)}</tr></thead><tbody>${body}</tbody></table></div>${more > 0 && html`<p class="soft">${more} more groups: fprinciple sweep table.</p>`}`;
}
