/** Figures whose numbers an axis cannot show: readable, and honest about what was left out. */
import * as vega from 'vega';
import { describe, expect, it } from 'vitest';
import { logTicks } from '../src/figures/ticks.js';
import * as fp from '../src/index.js';

const words = { id: 'a', title: 'A', caption: 'Errors.' };
const x = Array.from({ length: 21 }, (_, i) => i);
const y = x.map((v) => Math.exp(-v / 3));
const log = { title: 'error', log: true };
const figure = (line: Partial<fp.Line>, extra: Partial<fp.LineFigure> = {}): fp.Figure =>
  fp.lineFigure({ ...words, x: { title: 'step' }, y: log, lines: [{ name: 'line', x, y, ...line }], ...extra });

/** Heights of the path of the first line. */
async function heights(figure: fp.Figure): Promise<number[]> {
  const svg = await fp.renderSvg(figure);
  const [, path = ''] =
    /aria-roledescription="line mark"[^>]*d="([^"]*)"/.exec(svg) ??
    /<path[^>]*d="(M[^"]*L[^"]*)"[^>]*stroke="#0072B2"/.exec(svg) ??
    [];
  return [...path.matchAll(/[ML]([\d.e-]+),([\d.e-]+)/g)].map(([, , height]) => Number(height));
}

describe('a logarithmic axis', () => {
  it('keeps its scale where one edge of a band is not positive', async () => {
    const low = y.map((v, i) => (i === 7 ? -0.1 : v / 2));
    const high = y.map((v) => v * 2);
    const cut = figure({ band: [low, high] });
    const drawn = await heights(cut);
    const whole = await heights(figure({ band: [y.map((v) => v / 2), high] }));
    expect(drawn).toHaveLength(21);
    drawn.forEach((height, i) => {
      expect(height).toBeCloseTo(whole[i] ?? Number.NaN, 6);
    });
    expect(Math.max(...drawn) - Math.min(...drawn)).toBeGreaterThan(150);
    expect(cut.caption).toBe(
      'Errors. Bands that reach zero or below (at 1 of 21 points) end at the edge of the logarithmic axis.',
    );
  });

  it('leaves out what has no logarithm, and says so', async () => {
    const holed = figure({ y: y.map((v, i) => (i < 3 ? ([0, -1, Number.NaN][i] ?? null) : i === 5 ? null : v)) });
    expect(holed.caption).toBe(
      'Errors. Points not drawn: 3 of 20 (not finite, or not positive on a logarithmic axis).',
    );
    expect(await heights(holed)).toHaveLength(17);
    const level = figure({}, { levels: [{ value: 0, name: 'zero' }] });
    expect(level.caption).toContain('Levels not drawn: 1 (');
    expect(await fp.renderSvg(level)).not.toContain('NaN');
  });

  it.each([
    ['nothing positive', { y: x.map(() => 0) }],
    ['nothing at all', { x: [], y: [] }],
    ['one value', { y: x.map(() => 3) }],
    ['one point', { x: [1], y: [2] }],
  ])('%s is a readable figure', async (_, line) => {
    const svg = await fp.renderSvg(figure(line));
    expect(svg).not.toMatch(/NaN|Infinity/);
    expect(svg.match(/<text[^>]*>[\d.e-]+<\/text>/g)?.length).toBeGreaterThan(4);
    const empty = 'x' in line ? line.x.length === 0 : line.y[0] === 0;
    expect(svg.includes('nothing that these axes can show')).toBe(empty);
  });

  it.each([
    ['decades', 1e-3, 1e3, [1e-3, 1e-2, 0.1, 1, 10, 100, 1000]],
    ['many decades', 1e-13, 1, [1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-2, 1]],
    ['two decades', 1, 100, [1, 2, 5, 10, 20, 50, 100]],
    ['less than one', 2, 6, [2, 3, 4, 5, 6]],
    ['a narrow span', 1.02, 1.11, [1.02, 1.04, 1.06, 1.08, 1.1]],
  ])('has ticks at round numbers without gaps: %s', (_, low, high, ticks) => {
    expect(logTicks(low, high)).toEqual(ticks);
  });

  it('writes all of them', async () => {
    const svg = await fp.renderSvg(figure({ y: x.map((i) => 10 ** (-i / 2.6)) }));
    for (const tick of logTicks(10 ** (-20 / 2.6), 1))
      expect(svg).toMatch(new RegExp(`>(${tick}|${tick.toFixed(7)})</text>`));
  });

  it('writes all ticks that were chosen, however many', async () => {
    const labels = x.map((i) => `network ${i}`);
    const named = figure({ y: x }, { y: { title: '', values: x, labels, domain: [-0.5, 20.5] }, height: 420 });
    const svg = await fp.renderSvg(named);
    for (const label of labels) expect(svg).toContain(`>${label}</text>`);
  });
});

it('no two of thirty lines look alike', () => {
  const lines = Array.from({ length: 30 }, (_, i) => ({ name: `line ${i}`, x, y }));
  const { spec } = fp.lineFigure({ ...words, x: { title: 'step' }, y: log, lines });
  const { layer } = spec as unknown as {
    layer: { encoding: Record<'color' | 'strokeDash', { scale: { range: unknown[] } }> }[];
  };
  const { color, strokeDash } = layer[0]?.encoding ?? {};
  const looks = color?.scale.range.map((c, i) => JSON.stringify([c, strokeDash?.scale.range[i]]));
  expect(new Set(looks).size).toBe(30);
  expect(new Set(color?.scale.range).size).toBe(12);
});

it('the title of a figure of one’s own is drawn, and a line break in that of an axis', async () => {
  const spec = {
    data: { values: [{ a: 1, b: 2 }] },
    mark: 'point' as const,
    encoding: { x: { field: 'a', type: 'quantitative' as const } },
  };
  expect(await fp.renderSvg({ id: 'own', title: 'Mine alone', caption: '', spec })).toContain('Mine alone');
  const broken = await fp.renderSvg(figure({}, { x: { title: 'first\nsecond' } }));
  expect(broken).toContain('first');
  expect(broken).toContain('second');
});

it('Vega’s measure of texts is its own again when figures are drawn, of which there may be several', async () => {
  const { textMetrics } = vega as unknown as { textMetrics: { width: unknown } };
  const own = textMetrics.width;
  await Promise.all([fp.renderSvg(figure({})), fp.renderSvg(figure({})), fp.renderSvg(figure({}, { width: 100 }))]);
  expect(textMetrics.width).toBe(own);
  const refused = { id: 'bad', title: 'b', caption: '', spec: { mark: 'line', data: { url: 'x.csv' } } } as fp.Figure;
  await expect(fp.renderSvg(refused)).rejects.toThrow(/bad/);
  expect(textMetrics.width).toBe(own);
});

it('a comparison with a kernel is a figure: measured as lines, predicted dashed in the same colour', async () => {
  const points = Array.from({ length: 16 }, (_, i) => i / 16);
  const ntk = { parameterization: 'ntk', sigmaW: 4, sigmaB: 1 } as const;
  const spec = fp.mlp({ input: 1, hidden: [64], output: 1, activation: 'tanh', ...ntk });
  const comparison = await fp.compareWithNtk(
    fp.createModel(spec, { seed: 1 }),
    { x: points, y: points.map((v) => Math.sin(2 * Math.PI * v)), frequencies: [1, 3] },
    { learningRate: 0.01, steps: 20 },
  );
  const lines = (options: Partial<fp.ComparisonFigure>) => {
    const { spec: drawn } = fp.comparisonFigure({ comparison, ...options });
    const { layer } = drawn as unknown as { layer: { data: { values: { series: string; x: number; y: number }[] } }[] };
    return layer[0]?.data.values ?? [];
  };
  const rows = lines({});
  expect([...new Set(rows.map((row) => row.series))]).toEqual([
    ...['frequency 1', 'frequency 1, predicted', 'frequency 3', 'frequency 3, predicted'],
  ]);
  const { predicted, measured } = comparison.byFrequency ?? {};
  expect(rows.filter((row) => row.series === 'frequency 1').map((row) => row.y)).toEqual(
    comparison.steps.map((_, r) => measured?.data[2 * r]),
  );
  expect(rows.filter((row) => row.series === 'frequency 3, predicted').map((row) => row.y)).toEqual(
    comparison.steps.map((_, r) => predicted?.data[2 * r + 1]),
  );
  // By eigenvector, the largest eigenvalue first.
  const last = comparison.eigenvalues.data.at(-1) ?? Number.NaN;
  expect(lines({ by: 'eigenvector', count: 1 })[0]?.series).toBe(`eigenvalue ${Number(last.toPrecision(3))}`);
  expect(await fp.renderSvg(fp.comparisonFigure({ comparison }))).toContain('frequency 3, predicted');
});
