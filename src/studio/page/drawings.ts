/** The moving charts as figures of their own. */
import type uPlot from 'uplot';
import { brief, charts, labelled } from '../../page/chart.js';
import { grid, isDark, soft } from '../../page/theme.js';

export { charts } from '../../page/chart.js';

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

/** What uPlot keeps of its axes beside its types. */
type Axis = uPlot.Axis & { _splits?: number[] | null };

/** A chart as it is now, as SVG. */
export function chartSvg(id: string): string {
  const { plot, props } = charts.get(id)!;
  const ratio = devicePixelRatio || 1;
  const box = {
    left: plot.bbox.left / ratio,
    top: plot.bbox.top / ratio,
    width: plot.bbox.width / ratio,
    height: plot.bbox.height / ratio,
  };
  const title = 26;
  const parts: string[] = [];
  const text = (x: number, y: number, words: string, more = '') =>
    parts.push(`<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" fill="${soft()}" ${more}>${escaped(words)}</text>`);
  const X = (value: number) => box.left + plot.valToPos(value, 'x');
  const Y = (value: number) => box.top + plot.valToPos(value, 'y');
  for (const value of (plot.axes[0] as Axis)._splits ?? []) {
    if (value === null || !labelled(value, props.logX)) continue;
    parts.push(`<path d="M${X(value).toFixed(1)} ${box.top}v${box.height}" stroke="${grid()}"/>`);
    text(X(value), box.top + box.height + 16, brief(value), 'text-anchor="middle"');
  }
  for (const value of (plot.axes[1] as Axis)._splits ?? []) {
    if (value === null || !labelled(value, props.logY)) continue;
    parts.push(`<path d="M${box.left} ${Y(value).toFixed(1)}h${box.width}" stroke="${grid()}"/>`);
    text(box.left - 6, Y(value) + 4, brief(value), 'text-anchor="end"');
  }
  text(box.left + box.width / 2, box.top + box.height + 34, props.x, 'text-anchor="middle"');
  text(
    12,
    box.top + box.height / 2,
    props.y,
    `text-anchor="middle" transform="rotate(-90 12 ${box.top + box.height / 2})"`,
  );
  const xs = plot.data[0];
  for (const [i, { color, dash, points, width = 2 }] of props.lines.entries()) {
    const ys = plot.data[i + 1]!;
    let path = '';
    let pen = false;
    for (const [j, y] of ys.entries()) {
      const x = xs[j]!;
      if (y === null) pen = false;
      const on = typeof y === 'number' && Number.isFinite(y) && !(props.logY && y <= 0) && !(props.logX && x <= 0);
      if (!on) continue;
      if (points) path += `M${(X(x) - 2.5).toFixed(1)} ${Y(y).toFixed(1)}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0`;
      else path += `${pen ? 'L' : 'M'}${X(x).toFixed(1)} ${Y(y).toFixed(1)}`;
      pen = true;
    }
    const dashes = dash?.length ? ` stroke-dasharray="${dash.join(' ')}"` : '';
    parts.push(
      points
        ? `<path d="${path}" fill="${color()}"/>`
        : `<path d="${path}" fill="none" stroke="${color()}" stroke-width="${width}"${dashes}/>`,
    );
  }
  const key = props.lines.map(({ label, color, dash }, i) => {
    const y = title + plot.height + 14 + 18 * i;
    const dashes = dash?.length ? ` stroke-dasharray="${dash.join(' ')}"` : '';
    return `<path d="M${box.left} ${y}h26" stroke="${color()}" stroke-width="2"${dashes}/><text x="${box.left + 34}" y="${y + 4}" fill="${soft()}">${escaped(label)}</text>`;
  });
  const height = title + plot.height + 18 * props.lines.length + 14;
  const paper = isDark.value ? '#141414' : '#ffffff';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${plot.width}" height="${height}" viewBox="0 0 ${plot.width} ${height}" font-family="DejaVu Sans, Verdana, Arial, sans-serif" font-size="12"><rect width="100%" height="100%" fill="${paper}"/><text x="${box.left}" y="18" font-size="14" font-weight="600" fill="${soft()}">${escaped(props.title)}</text><g transform="translate(0 ${title})">${parts.join('')}</g>${key.join('')}</svg>\n`;
}

/** The same at twice its size. */
export async function chartPng(id: string): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(chartSvg(id))}`;
  await image.decode();
  const canvas = new OffscreenCanvas(image.width * 2, image.height * 2);
  canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob();
}
