/** The house style: readable sizes, one typeface, colours that the colour-blind can tell apart. */
import type { Config } from 'vega-lite';

/** The qualitative palette of Okabe and Ito (2008), its black first. */
export const okabeIto = [
  '#000000',
  '#0072B2',
  '#D55E00',
  '#009E73',
  '#CC79A7',
  '#E69F00',
  '#56B4E9',
  '#F0E442',
] as const;

/** Colours by their role, so that a target looks the same in every figure. */
export const colors = {
  target: okabeIto[0],
  output: okabeIto[2],
  low: okabeIto[1],
  high: okabeIto[2],
  train: okabeIto[1],
  test: okabeIto[2],
} as const;

/** Categories in the order they are used, black left for targets and references. */
export const categories = okabeIto.slice(1, 7);

/** The same colours darkened: those of the seventh to the twelfth line. */
const deep = ['#003F66', '#7A3500', '#00543D', '#7F4464', '#8A5F00', '#2A6386'] as const;

/** Dash patterns that go with {@link categories}: a line is told by its dashes as well as by its colour. */
export const dashes = [
  [1, 0],
  [6, 3],
  [2, 2],
  [8, 3, 2, 3],
  [10, 4],
  [4, 2, 1, 2],
] as const;

/** Colour and dashes of the n-th line: where the colours begin again the dashes move on by one, so that no two are alike. */
export function lookAt(n: number): { color: string; dash: readonly number[] } {
  const palette = [...categories, ...deep];
  const dash = n + Math.floor(n / palette.length);
  return {
    color: palette[n % palette.length] ?? categories[0] ?? okabeIto[1],
    dash: dashes[dash % dashes.length] ?? dashes[0],
  };
}

/** Units of the letters at the ticks of an axis: sizes of letters are told by it. */
export const LABEL_SIZE = 12;

const font = 'DejaVu Sans, Verdana, Arial, sans-serif';

/** Vega-Lite configuration of every figure. */
export const config = {
  font,
  background: '#ffffff',
  padding: 8,
  title: { fontSize: 14, fontWeight: 600, anchor: 'start', offset: 8, color: '#1a1a1a' },
  axis: {
    labelFontSize: LABEL_SIZE,
    titleFontSize: 13,
    titleFontWeight: 500,
    labelColor: '#333333',
    titleColor: '#1a1a1a',
    gridColor: '#e6e6e6',
    domainColor: '#666666',
    tickColor: '#666666',
    titlePadding: 8,
    labelOverlap: true,
  },
  legend: {
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 500,
    symbolSize: 140,
    symbolStrokeWidth: 2.5,
    labelLimit: 260,
    titleLimit: 260,
  },
  header: { labelFontSize: 13, titleFontSize: 13, labelFontWeight: 500 },
  line: { strokeWidth: 2 },
  point: { size: 40, filled: true },
  view: { stroke: '#bbbbbb' },
  range: { category: [...categories] },
} satisfies Config;
