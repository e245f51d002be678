/** Valid calls of the functions that make figures and pictures. */
import { type Figure, lineFigure } from '../../../src/index.js';
import { constant, type Kit, type Table } from '../entry.js';
import { array, ascending } from '../values.js';

const words = ['id', 'title', 'caption', 'name', 'label', 'labels', 'color'];
const colorMap = (kit: Kit) => kit.random.pick(['viridis', 'cividis', 'gray', 'diverging'] as const);
const line = (kit: Kit) => {
  const x = ascending(kit, 5);
  const y = Array.from(array(kit, 5).data);
  return {
    name: 'a',
    x,
    y,
    ...kit.some({
      band: [y.map((v) => v - 1), y.map((v) => v + 1)],
      mark: kit.random.pick(['line', 'points', 'both']),
      dash: [2, 1],
    }),
  };
};
const axis = (kit: Kit) => ({ title: 'x', ...kit.some({ domain: [-5, 9], values: [0, 1] }) });
const lines = (kit: Kit) => ({
  id: 'a-figure',
  title: 'A figure',
  caption: 'What is seen.',
  x: axis(kit),
  y: axis(kit),
  lines: [line(kit), { ...line(kit), name: 'b' }],
  ...kit.some({ levels: [{ value: 0.2, name: 'level' }], width: 200, height: 100 }),
});
const figure = (kit: Kit): Figure => lineFigure(lines(kit) as Parameters<typeof lineFigure>[0]);
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="10"><rect width="9" height="5" fill="red"/></svg>';
const raster = (kit: Kit) =>
  kit.some({ colorMap: colorMap(kit), range: [-1, 1], rows: Uint32Array.of(0, 0, 2), columns: Uint32Array.of(1, 0) });

export const figures: Table = {
  lineFigure: { args: (kit) => [lines(kit)], free: words, result: 'any' },
  panelsFigure: {
    args: (kit) => {
      const { id: _, caption: __, ...panel } = lines(kit);
      return [
        {
          id: 'panels',
          title: 'Panels',
          caption: 'c',
          panels: [panel, { ...panel, title: 'two' }],
          ...kit.some({ columns: 1 }),
        },
      ];
    },
    free: words,
    result: 'any',
  },
  picturesFigure: {
    args: (kit) => [
      {
        id: 'pictures',
        title: 'P',
        caption: 'c',
        pictures: [{ label: 'a', image: array(kit, 4, 5) }],
        ...kit.some({ range: [-1, 1], colorMap: colorMap(kit), width: 90, columns: 1 }),
      },
    ],
    free: words,
    result: 'any',
  },
  heatmapFigure: {
    args: (kit) => [
      {
        id: 'heat',
        title: 'H',
        caption: 'c',
        values: array(kit, 3, 4),
        x: { title: 'x', at: [0, 1, 2, 3] },
        y: { title: 'y', at: [0, 1, 2] },
        color: { title: 'v', range: [-1, 1], ...kit.some({ map: colorMap(kit) }) },
        ...kit.some({ width: 100, height: 100 }),
      },
    ],
    free: words,
    result: 'any',
  },
  comparisonFigure: {
    args: (kit) => {
      const norms = () => ({ data: Float64Array.from({ length: 6 }, () => 0.1 + kit.random.unit()), shape: [3, 2] });
      const comparison = {
        steps: [0, 5, 10],
        eigenvalues: { data: Float64Array.of(0.5, 2), shape: [2] },
        eigenvectors: { data: Float64Array.of(1, 0, 0, 1), shape: [2, 2] },
        predicted: norms(),
        measured: norms(),
        distance: Float64Array.of(0, 0.1, 0.2),
        drift: 0.01,
        stopReason: 'completed',
      };
      return [{ comparison, ...kit.some({ by: 'eigenvector', count: 2, logSteps: true, width: 200, height: 100 }) }];
    },
    free: [...words, 'comparison'],
    result: 'any',
  },
  colorSamples: { args: (kit) => [colorMap(kit), kit.random.int(2, 9)] },
  encodePng: { args: (kit) => [array(kit, 3, 4), raster(kit)] },
  pngUrl: { args: (kit) => [array(kit, 3, 4), raster(kit)] },
  // It moves numbers, whatever they are.
  slice: { args: (kit) => [array(kit, 3, 4, 2), 1], result: 'any' },
  // What stands in a specification is Vega-Lite's to judge.
  renderSvg: { args: (kit) => [figure(kit)], free: ['*'], cost: 4 },
  renderPng: { args: () => [svg, 2], cost: 2 },
  renderPdf: { args: () => [svg], cost: 2 },
  renderSized: {
    args: (kit) => [figure(kit), { width: kit.random.int(20, 200), fontSize: kit.random.int(2, 30) }],
    free: ['*'],
    cost: 12,
  },
  categories: constant,
  colors: constant,
  config: constant,
  okabeIto: constant,
};
