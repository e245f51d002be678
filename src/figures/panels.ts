/** Several charts in one figure. */
import { invalidArgument } from '../core/errors.js';
import { requireOptions } from '../core/options.js';
import { checkColumns, checkText, checkWords, FIGURE_OPTIONS } from './check.js';
import type { Figure } from './figure.js';
import { LINES_OPTIONS, type LineFigure, lineSpec, withNotes } from './lines.js';

/** What `panelsFigure` draws: line charts side by side. */
export interface PanelsFigure {
  /** File name without extension. */
  id: string;
  /** Stands above all panels. */
  title: string;
  /** What is shown and how to read it: axes, units, colours. */
  caption: string;
  /** Line charts, row by row; 320 by 220 pixels where they say nothing else. */
  panels: readonly (Omit<LineFigure, 'id' | 'caption'> & {
    /** Stands above the panel. */
    title: string;
  })[];
  /** Panels in a row. Default 2. */
  columns?: number;
}

/** Line charts side by side, in rows of `columns`, each with its own title and legend. */
export function panelsFigure(options: PanelsFigure): Figure {
  const { id, title, caption, panels, columns = 2 } = requireOptions(options, [...FIGURE_OPTIONS, 'panels', 'columns']);
  checkWords({ id, title, caption });
  checkColumns(columns);
  if (!Array.isArray(panels) || panels.length === 0) throw invalidArgument('panels: expected at least one');
  const notes: string[] = [];
  const charts = panels.map((panel) => {
    const { title: name, ...rest } = requireOptions(panel, [...LINES_OPTIONS, 'title'], 'panels');
    checkText(name, 'panels.title');
    const { layer, notes: own, ...chart } = lineSpec({ width: 320, height: 220, ...rest });
    notes.push(...own.map((note) => `${name}: ${note}`));
    // A title of its own would stand as high as the tick labels beside it reach: at another height in every panel.
    const heading = {
      data: { values: [{}] },
      mark: { type: 'text', text: name, fontSize: 13, fontWeight: 500, color: '#1a1a1a', baseline: 'bottom' },
      encoding: { x: { value: chart.width / 2 }, y: { value: -10 } },
    };
    return { ...chart, layer: [...layer, heading] };
  });
  const spec = {
    title,
    concat: charts,
    columns,
    spacing: 24,
    resolve: { scale: { color: 'independent', strokeDash: 'independent' } },
  };
  return { id, title, caption: withNotes(caption, notes), spec };
}
