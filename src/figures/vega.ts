/** What figures use of Vega and Vega-Lite: a module of its own, which the build puts into the package with both in it. */
import * as vega from 'vega';

export { type Loader, loader, parse, View } from 'vega';
export { compile } from 'vega-lite';

/** The level of Vega's log at which errors are all that it says. */
export const errorsOnly = vega.Error;

/** By what Vega measures texts, for all of this process; its types leave it out. */
export const { textMetrics } = vega as unknown as {
  textMetrics: { width(item: { text?: unknown; fontSize?: number; fontWeight?: unknown }, text?: unknown): number };
};
