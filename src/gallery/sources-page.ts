/** The gallery's page of sources: every one in full, with the experiments that cite it. */
import { addressOf, bibliography, citedIn, type Source, type SourceKey } from '../bibliography.js';
import { html } from '../report/html.js';
import type { Words } from '../words/index.js';
import { shell } from './shell.js';
import type { System } from './system.js';

export function sourcesPage(systems: readonly System[], words: Words): string {
  const { gallery: said } = words;
  const citing = (key: SourceKey): System[] =>
    systems.filter(({ experiment, run }) => {
      const texts = [experiment.source, ...(run?.record.claims ?? []).map(({ source }) => source)];
      return texts.some((text) => citedIn(text).keys.includes(key));
    });
  const entries = (Object.entries(bibliography) as [SourceKey, Source][])
    .filter(([, { title }]) => title !== '')
    .map(([key, source]) => ({ key, source, by: citing(key) }))
    .filter(({ by }) => by.length > 0)
    .sort((a, b) => (`${a.source.authors} ${a.source.year}` < `${b.source.authors} ${b.source.year}` ? -1 : 1));
  const body = html`<header class="page">
<p class="crumbs"><a href="index.html">${said.title}</a></p>
<h1>${said.sources}</h1>
<p>${said.sourcesLead}</p>
</header>
<main id="content">
<ul class="sources">${entries.map(({ key, source, by }) => {
    const { authors, year, title, venue } = source;
    const address = addressOf(source);
    const name = address === undefined ? html`${title}` : html`<a href="${address}" rel="noreferrer">${title}</a>`;
    const links = by.map(({ experiment: { id } }, i) => html`${i > 0 && ', '}<a href="${id}.html">${id}</a>`);
    return html`<li id="${key}">${authors} ${year}. ${name}${venue !== undefined && `. ${venue}`}. <span class="soft">${links}</span></li>`;
  })}</ul>
</main>
<footer><a href="index.html">${said.all}</a></footer>`;
  return shell({ title: said.sources, body }, words);
}
