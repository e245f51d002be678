/** The frame of every page of the gallery. */
import { framed, type PageParts } from '../report/frame.js';
import { html } from '../report/html.js';
import type { Words } from '../words/index.js';

export function shell({ body, ...page }: Pick<PageParts, 'title' | 'body' | 'player'>, words: Words): string {
  return framed({
    ...page,
    lang: words.lang,
    body: html`<a class="skip" href="#content">${words.gallery.skip}</a>
${body}`,
    style: galleryStyle,
    // `file:` because a page that is opened from disk has no origin of its own.
    pictures: "'self' file: data:",
  });
}

const galleryStyle = `
header.page p { max-width: 52rem; }
.crumbs { font-size: .93rem; }
main > h2 { margin-top: 2.2rem; }
section > h2 { margin-top: 2.4rem; border-top: 2px solid var(--ink); padding-top: 1rem; }
.path { max-width: 52rem; }
.path li { margin: .4rem 0; }
.path .soft { display: block; }
.cards { list-style: none; padding: 0; margin: 1rem 0; display: grid; gap: 18px; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18rem), 1fr)); }
.card { position: relative; border: 1px solid var(--line); border-radius: 10px; overflow: hidden; display: flex; flex-direction: column; background: #fff; }
.card:hover { border-color: #777; }
.card img, .card .blank { width: 100%; height: 13.5rem; object-fit: contain; object-position: center; background: #fff; border-bottom: 1px solid var(--line); padding: 8px; display: block; }
.card .blank { display: grid; place-items: center; color: var(--soft); }
.card .text { padding: 10px 12px 12px; display: flex; flex-direction: column; gap: 4px; flex: 1; }
.card h3 { margin: 0; font-size: 1rem; line-height: 1.3; }
.card h3 a { color: inherit; text-decoration: none; }
.card h3 a::after { content: ""; position: absolute; inset: 0; }
.card h3 a:focus-visible { outline: none; }
.card:focus-within { outline: 3px solid #E69F00; outline-offset: 2px; }
.card .id { font-size: .85rem; color: var(--soft); }
.card .foot { margin-top: auto; font-size: .88rem; display: flex; flex-wrap: wrap; gap: 2px 12px; justify-content: space-between; }
.verdict.none { color: var(--soft); }
h2 .verdict { font-size: .95rem; margin-left: .4rem; }
.formula { font: 1.15rem/1.9 "STIX Two Math", "Cambria Math", "Latin Modern Math", Georgia, "DejaVu Serif", serif; max-width: none; background: var(--panel); border-left: 4px solid var(--accent); padding: 8px 16px; margin: 1rem 0; overflow-x: auto; white-space: pre-wrap; }
.formula sub, .formula sup { font-size: .72em; line-height: 0; }
.figures { display: grid; gap: 8px 36px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 27rem), 1fr)); }
figure.wide { grid-column: 1 / -1; }
figure img { display: block; max-width: 100%; height: auto; }
figcaption { width: auto; min-width: 0; max-width: 46rem; }
.parameters td:first-child code { white-space: nowrap; }
.pager { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 6px 20px; margin-top: 2.4rem; border-top: 1px solid var(--line); padding-top: 1rem; }
.pager a { display: inline; padding: 0; color: var(--accent); text-decoration: underline; }
@media (max-width: 600px) { .formula { font-size: 1rem; padding: 6px 12px; } figure img { max-width: none; min-width: 100%; width: 480px; } figure.wide img { width: 720px; } .card { flex-direction: row; } .card img, .card .blank { width: 42%; height: auto; min-height: 7rem; border-bottom: 0; border-right: 1px solid var(--line); } .card .text { min-width: 0; } .parameters thead { display: none; } .parameters tr { display: block; border-bottom: 1px solid var(--line); padding: 6px 0; } .parameters td { display: block; border: 0; padding: 1px 0; } .parameters td[data-name]::before { content: attr(data-name) ": "; color: var(--soft); } }
`;
