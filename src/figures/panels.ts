/** Several charts in one figure. */
import type { TopLevelSpec } from 'vega-lite';
import type { Figure } from './figure.js';
import { type LineFigure, lineSpec } from './lines.js';

/** What `panelsFigure` draws: line charts side by side. */
export interface PanelsFigure {
  id: string;
  title: string;
  caption: string;
  panels: readonly (Omit<LineFigure, 'id' | 'caption'> & { title: string })[];
  columns?: number;
}

/** Line charts side by side, in rows of `columns`, each with its own title and legend. */
export function panelsFigure({ id, title, caption, panels, columns = 2 }: PanelsFigure): Figure {
  const charts = panels.map(({ title: name, ...rest }) => ({
    title: { text: name, fontSize: 13, fontWeight: 500, anchor: 'middle', frame: 'group' },
    ...lineSpec({ width: 320, height: 220, ...rest }),
  }));
  const spec = {
    title,
    concat: charts,
    columns,
    spacing: 24,
    resolve: { scale: { color: 'independent', strokeDash: 'independent' } },
  };
  return { id, title, caption, spec: spec as unknown as TopLevelSpec };
}
