/** The report: one HTML file that opens from disk, asks nothing of the network, and holds one or more runs. */
import { formatNumber } from '../experiment/claims.js';
import type { RunRecord } from '../experiment/record.js';
import { framed } from './frame.js';
import { type Html, html } from './html.js';
import { claimsTable, count, facts, linked, pictureOf, player, problemsOf, tableOf } from './parts.js';
import type { PlaybackData } from './playback.js';

/** A run as it is read back from its folder. */
export interface ReportedRun {
  /** What its `result.json` holds. */
  record: RunRecord;
  /** SVG text by figure id. */
  figures: Record<string, string>;
  /** CSV text by table id. */
  tables: Record<string, string>;
  /** Recorded states, where it has them. */
  playback?: PlaybackData;
}

/** The page for `runs`, in the order given. */
export function reportPage(runs: readonly ReportedRun[]): string {
  const claims = runs.flatMap((run) => run.record.claims);
  const held = claims.filter((claim) => claim.pass).length;
  const problems = runs.reduce((sum, { record }) => sum + (record.problems?.length ?? 0), 0);
  const one = runs.length === 1 ? runs[0]!.record : undefined;
  const title = one ? `${one.title} (${one.id})` : 'What the networks learnt, by frequency';
  const body = html`<a class="skip" href="#runs">Skip to the runs</a>
<header class="page">
<h1>${one ? 'fprinciple report' : title}</h1>
<p class="soft">${count(runs.length, 'experiment')}, ${count(claims.length, 'claim')}: ${held} held, ${claims.length - held} failed.${problems > 0 && ` ${count(problems, 'part')} of an outcome could not be used.`}</p>
${runs.length > 1 && contents(runs)}
</header>
<main id="runs">
${runs.map((run, i) => article(run, i))}
</main>
<footer>Made by fprinciple ${runs[0]?.record.versions.fprinciple}. This page is complete in itself and works offline.</footer>`;
  return framed({ title, body, player: runs.some(({ playback }) => playback !== undefined) });
}

function contents(runs: readonly ReportedRun[]): Html {
  const rows = runs.map(({ record }, i) => {
    const failed = record.claims.filter((claim) => !claim.pass).length;
    const text =
      failed === 0 ? `✓ ${count(record.claims.length, 'claim')} held` : `✗ ${failed} of ${record.claims.length} failed`;
    return html`<li><a href="#run-${i}"><span>${record.title} <span class="soft">${record.id}</span></span><span class="verdict ${failed === 0 ? 'good' : 'bad'}">${text}</span></a></li>`;
  });
  return html`<nav aria-label="Experiments"><ul>${rows}</ul></nav>`;
}

function article(run: ReportedRun, index: number): Html {
  const { record, playback } = run;
  return html`<article id="run-${index}">
<h2>${record.title}</h2>
<p class="soft">${record.id} · ${record.preset} preset, seed ${record.seed} · ${linked(record.source)}</p>
<p>${record.statement}</p>
<h3>What was claimed, and what was measured</h3>
${claimsTable(record.claims)}
${problemsOf(record)}
${playback && player(playback, index)}
<div class="figures">${record.figures.map((figure) => figureOf(figure, run.figures[figure.id] ?? '', index))}</div>
${record.tables.map((table) => tableOf(table.title, run.tables[table.id] ?? '', `data/${table.id}.csv`))}
${details(record)}
</article>`;
}

function figureOf({ id, title, caption }: RunRecord['figures'][number], svg: string, index: number): Html {
  return html`<figure id="run-${index}-${id}"><div class="scroll">${pictureOf(svg, title)}</div><figcaption>${caption}</figcaption></figure>`;
}

function details(record: RunRecord): Html {
  const { parameters, metrics } = record;
  const metricRows = Object.entries(metrics).map(
    ([name, v]) => html`<tr><th>${name}</th><td class="number">${formatNumber(v)}</td></tr>`,
  );
  return html`<details><summary>Parameters, measurements, machine</summary>
<div class="scroll"><table><tbody>${facts(record).map(([name, text]) => html`<tr><th>${name}</th><td>${text}</td></tr>`)}${metricRows}</tbody></table></div>
<pre>${JSON.stringify(parameters, null, 2)}</pre></details>`;
}
