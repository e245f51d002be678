import { describe, expect, it } from 'vitest';
import {
  colorSamples,
  decodePicture,
  encodePng,
  type Figure,
  heatmapFigure,
  lineFigure,
  panelsFigure,
  picturesFigure,
  renderPng,
  renderSvg,
  slice,
} from '../src/index.js';

const x = [1, 2, 3];
const line = (over: object = {}) =>
  lineFigure({
    id: 'l',
    title: 'T',
    caption: 'C',
    x: { title: 'step', log: true },
    y: { title: 'error' },
    lines: [
      { name: 'a', x, y: [3, 2, 1] },
      { name: 'b', x, y: [1, 2, 3] },
    ],
    ...over,
  });

describe('figures', () => {
  it('render with axes, units and a legend', async () => {
    const svg = await renderSvg(line());
    for (const text of ['>T<', '>step<', '>error<', '>a<', '>b<']) expect(svg).toContain(text);
    expect(decodePicture(renderPng(svg), 'figure').width).toBeGreaterThan(800);
  });

  it('draw a dot on the edge whole, none beyond it', async () => {
    const y = { title: 'error', domain: [1, 2] as const };
    const dots = (svg: string) => svg.match(/aria-roledescription="point"/g)?.length;
    const svg = await renderSvg(line({ y, lines: [{ name: 'a', x, y: [3, 2, 1], mark: 'points' as const }] }));
    expect(dots(svg)).toBe(2);
    expect(svg).not.toContain('clip-path="url');
  });

  it('head the panels of a row at one height, whatever their labels', async () => {
    const panel = (title: string, most: number) => ({
      title,
      x: { title: 'x' },
      y: { title: 'y', domain: [0, most] as const },
      lines: [{ name: 'a', x, y: [0, 1, 2] }],
    });
    // The highest label of one panel stands at its upper edge, that of the other below it.
    const figure = panelsFigure({ id: 'p', title: '', caption: '', panels: [panel('left', 3), panel('right', 2.7)] });
    const svg = await renderSvg(figure);
    const height = (text: string) => Number(new RegExp(`translate\\([^,]*,([-0-9.]+)\\)[^>]*>${text}<`).exec(svg)?.[1]);
    expect(height('left')).toBeLessThan(0);
    expect(height('right')).toBe(height('left'));
  });

  it('draw a large heat map as one small picture', async () => {
    const n = 256;
    const at = Float64Array.from({ length: n }, (_, i) => i + 1);
    const values = { data: Float64Array.from({ length: n * n }, (_, i) => (i % n) / n), shape: [n, n] };
    const figure = heatmapFigure({
      id: 'h',
      title: 'H',
      caption: '',
      values,
      x: { title: 'x', at, log: true },
      y: { title: 'y', at },
      color: { title: 'value', range: [0, 1] },
    });
    const svg = await renderSvg(figure);
    expect(svg.match(/<image/g)).toHaveLength(1);
    expect(svg.length).toBeLessThan(300_000);
    // Bright on the right: the last drawn columns hold the greatest values.
    const { pixels, height, width } = decodePicture(renderPng(svg, 1), 'figure', 'rgb');
    const green = (fx: number) => pixels.data[3 * (Math.floor(height / 2) * width + Math.floor(width * fx)) + 1] ?? 0;
    expect(green(0.72)).toBeGreaterThan(green(0.2) + 50 / 255);
  });

  it('leave out what has no place on the axis', async () => {
    await expect(
      renderSvg(line({ lines: [{ name: 'a', x: [0, 1, Number.NaN], y: [1, null, Infinity] }] })),
    ).resolves.toContain('<svg');
  });

  it('refuse what does not fit', () => {
    expect(() => line({ lines: [] })).toThrow('at least one');
    expect(() => line({ lines: [{ name: 'a', x: [1], y: [1, 2] }] })).toThrow('as many x as y');
    const values = { data: new Float64Array(4), shape: [2, 2] };
    const heat = {
      id: 'h',
      title: '',
      caption: '',
      values,
      x: { title: 'x', at: [1, 2] },
      y: { title: 'y', at: [1, 2] },
      color: { title: '', range: [0, 1] as const },
    };
    expect(() => heatmapFigure({ ...heat, x: { title: 'x', at: [1, 2, 3] } })).toThrow('[2, 3]');
    expect(() => heatmapFigure({ ...heat, x: { title: 'x', at: [2, 1] } })).toThrow('ascending');
    expect(() => heatmapFigure({ ...heat, x: { title: 'x', at: [0, 1], log: true } })).toThrow('above zero');
    expect(() => heatmapFigure({ ...heat, color: { title: '', range: [0, 1], log: true } })).toThrow('positive range');
    expect(() => picturesFigure({ id: 'p', title: '', caption: '', pictures: [] })).toThrow('at least one');
  });

  it('read nothing from outside', async () => {
    const outside: Figure = {
      id: 'o',
      title: '',
      caption: '',
      spec: { data: { url: 'file:///etc/hostname' }, mark: 'point', encoding: {} },
    };
    await expect(renderSvg(outside)).rejects.toThrow('outside data');
    const image = {
      data: { values: [{ u: 'file:///etc/hostname' }] },
      mark: 'image',
      encoding: { url: { field: 'u' } },
    };
    await expect(renderSvg({ ...outside, spec: image as never })).rejects.toThrow('outside data');
    await expect(renderSvg({ ...outside, spec: { mark: 'nonsense' } as never })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });
});

describe('rasters', () => {
  it('are PNGs of the array', () => {
    const bytes = encodePng({ data: Float64Array.of(0, 0.5, 1, Number.NaN), shape: [2, 2] }, { colorMap: 'gray' });
    const { pixels } = decodePicture(bytes, 'raster');
    expect(pixels.shape).toEqual([2, 2]);
    // What is not finite is transparent, and so white.
    expect(Array.from(pixels.data, (v) => Math.round(v * 255))).toEqual([0, 128, 255, 255]);
    expect(colorSamples('viridis', 2)).toEqual(['#440154', '#fde725']);
  });

  it('refuse bad input by name', () => {
    const image = { data: new Float32Array(4), shape: [2, 2] };
    expect(() => encodePng(image, { colorMap: 'jet' as never })).toThrow('colorMap');
    expect(() => encodePng(image, { range: [1, 1] })).toThrow('range');
    expect(() => encodePng({ data: new Float32Array(4), shape: [4] })).toThrow('image');
    expect(() => encodePng({ data: new Float32Array(4), shape: [3, 2] })).toThrow('image');
    expect(() => encodePng(image, { rows: Uint32Array.of(5) })).toThrow('rows');
    expect(() => slice(image, 2)).toThrow('index: expected an integer from 0 to 1, got 2');
  });
});
