/** Several charts in one figure. */
import type { TopLevelSpec } from 'vega-lite';
import { requireOptions } from '../options.js';
import type { Figure } from './figure.js';
import { FIGURE_OPTIONS, LINES_OPTIONS, type LineFigure, lineSpec } from './lines.js';

/** What `panelsFigure` draws: line charts side by side. */
export interface PanelsFigure {
  id: string;
  title: string;
  caption: string;
  panels: readonly (Omit<LineFigure, 'id' | 'caption'> & { title: string })[];
  columns?: number;
}

/** Line charts side by side, in rows of `columns`, each with its own title and legend. */
export function panelsFigure(options: PanelsFigure): Figure {
  const { id, title, caption, panels, columns = 2 } = requireOptions(options, [...FIGURE_OPTIONS, 'panels', 'columns']);
  const charts = panels.map((panel) => {
    const { title: name, ...rest } = requireOptions(panel, [...LINES_OPTIONS, 'title'], 'panels');
    const { layer, ...chart } = lineSpec({ width: 320, height: 220, ...rest });
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
  return { id, title, caption, spec: spec as unknown as TopLevelSpec };
}
