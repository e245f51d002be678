/**
 * A specification of Vega-Lite 6, as it stands in a file: JSON. A `TopLevelSpec` of the package `vega-lite` is one; its types
 * are not asked for here, so that a program needs none of them.
 */
export interface VegaLiteSpec {
  /** Address of Vega-Lite's JSON Schema. */
  readonly $schema?: string;
  /** Text above the chart, with its style. */
  readonly title?: unknown;
  /** Rows of a table, or where they lie. */
  readonly data?: unknown;
  /** Of the plot, in pixels, or a step of its axis. */
  readonly width?: unknown;
  /** Of the plot, in pixels, or a step of its axis. */
  readonly height?: unknown;
  /** Style of everything that says nothing else. */
  readonly config?: unknown;
  /** The geometric shape of a row: `line`, `point`, `image` and so on. */
  readonly mark?: unknown;
  /** Which column is which channel: position, colour, size. */
  readonly encoding?: unknown;
  /** Charts on top of each other. */
  readonly layer?: unknown;
  /** Charts side by side. */
  readonly hconcat?: unknown;
  /** Charts below each other. */
  readonly vconcat?: unknown;
  /** Charts in rows of `columns`. */
  readonly concat?: unknown;
  /** The column whose values have a chart each. */
  readonly facet?: unknown;
  /** Columns that have a chart each. */
  readonly repeat?: unknown;
  /** The chart that is repeated or faceted. */
  readonly spec?: unknown;
  /** What is computed of the data before it is drawn. */
  readonly transform?: unknown;
  /** Variables and selections. */
  readonly params?: unknown;
  /** Whether charts share scales, axes and legends. */
  readonly resolve?: unknown;
  /** Charts in a row of `concat`, `facet` or `repeat`. */
  readonly columns?: unknown;
  /** Tables by the name under which `data` calls them. */
  readonly datasets?: unknown;
  /** How the drawing's size follows from that of the plot. */
  readonly autosize?: unknown;
  /** Around the drawing, in pixels. */
  readonly padding?: unknown;
  /** Colour behind everything. */
  readonly background?: unknown;
}

/** A figure: a Vega-Lite specification with its data inside, and the words around it. */
export interface Figure {
  /** File name without extension. */
  id: string;
  /** Stands above it. */
  title: string;
  /** What is shown and how to read it: axes, units, colours, which figure of the source it corresponds to. */
  caption: string;
  /** The drawing, its data included. */
  spec: VegaLiteSpec;
}
