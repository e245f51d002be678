import type { TopLevelSpec } from 'vega-lite';

/** A figure: a Vega-Lite specification with its data inside, and the words around it. */
export interface Figure {
  /** File name without extension. */
  id: string;
  title: string;
  /** What is shown and how to read it: axes, units, colours, which figure of the source it corresponds to. */
  caption: string;
  spec: TopLevelSpec;
}
