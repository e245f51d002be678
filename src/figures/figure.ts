/**
 * A specification of Vega-Lite 6, as it stands in a file: JSON. A `TopLevelSpec` of the package `vega-lite` is one; its types
 * are not asked for here, so that a program needs none of them.
 */
export interface VegaLiteSpec {
  readonly $schema?: string;
  readonly title?: unknown;
  readonly data?: unknown;
  readonly width?: unknown;
  readonly height?: unknown;
  readonly config?: unknown;
  readonly mark?: unknown;
  readonly encoding?: unknown;
  readonly layer?: unknown;
  readonly hconcat?: unknown;
  readonly vconcat?: unknown;
  readonly concat?: unknown;
  readonly facet?: unknown;
  readonly repeat?: unknown;
  readonly spec?: unknown;
  readonly transform?: unknown;
  readonly params?: unknown;
  readonly resolve?: unknown;
  readonly columns?: unknown;
  readonly datasets?: unknown;
  readonly autosize?: unknown;
  readonly padding?: unknown;
  readonly background?: unknown;
}

/** A figure: a Vega-Lite specification with its data inside, and the words around it. */
export interface Figure {
  /** File name without extension. */
  id: string;
  title: string;
  /** What is shown and how to read it: axes, units, colours, which figure of the source it corresponds to. */
  caption: string;
  spec: VegaLiteSpec;
}
