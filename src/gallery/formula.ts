/** One line of mathematics as HTML: `_` and `^` lower and raise the next character, or what the braces after them hold. */
import { type Html, html } from '../report/html.js';

/** `x_{ij}^2` with its indices below and its powers above the line; everything else as it stands, escaped. */
export function formulaHtml(line: string): Html {
  const parts = line.split(/([_^](?:\{[^{}]*\}|[^\s{}]))/u);
  return html`${parts.map((part, i) => {
    if (i % 2 === 0) return html`${part}`;
    // An index may have an index: e^{−ikx_j}.
    const inside = formulaHtml(part.slice(1).replace(/^\{|\}$/g, ''));
    return part[0] === '_' ? html`<sub>${inside}</sub>` : html`<sup>${inside}</sup>`;
  })}`;
}
