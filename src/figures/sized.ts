/** Figures at a size on paper: a width in millimetres, letters in points. */
import { invalidArgument } from '../core/errors.js';
import { describe } from '../core/ndarray.js';
import { checkFlag, requireObject, requireOptions } from '../core/options.js';
import type { Figure } from './figure.js';
import { drawSvg } from './render.js';
import { LABEL_SIZE } from './style.js';

/** Size of a figure on paper. */
export interface PaperSize {
  /** Millimetres from edge to edge: 84 is a column of many journals. */
  width: number;
  /** Points of the labels of axes. Default 8. */
  fontSize?: number;
  /** Whether the figure bears its title. Default false: a paper has it in the caption. */
  title?: boolean;
}

/** Points to the millimetre. */
const POINTS_PER_MM = 72 / 25.4;

/** How near letters come to what was asked for, as a part of it; and tries after which they never will. */
const TOLERANCE = 0.01;
const TRIES = 12;

/**
 * The figure as SVG of exactly that width, its labels of exactly that size: the drawing is scaled as a whole, its letters are
 * chosen so that they come out right. Larger letters take room from nothing: what stands beside the axes grows, and the height
 * follows.
 *
 * @throws `INVALID_ARGUMENT` for sizes that are no positive numbers, letters that do not fit the width, and a figure that cannot
 * be drawn
 */
export async function renderSized(figure: Figure, size: PaperSize): Promise<string> {
  const { width, fontSize = 8, title = false } = requireOptions(size, ['width', 'fontSize', 'title'], 'size');
  checkFlag(title, 'size.title');
  for (const [name, value] of Object.entries({ width, fontSize })) {
    if (!(typeof value === 'number' && value > 0 && value <= 2000)) {
      throw invalidArgument(`size.${name}: expected a number above 0 and up to 2000, got ${describe(value)}`);
    }
  }
  const { title: _, ...untitled } = requireObject(requireObject(figure, 'figure').spec, 'figure.spec');
  const drawn = title ? figure : { ...figure, title: '', spec: untitled };
  // How much larger letters are drawn than in the house style. A larger drawing is scaled down more, so this is found by trying.
  let larger = 1;
  for (let tries = 0; tries < TRIES; tries++) {
    const svg = await drawSvg(drawn, larger);
    const units = sizeOf(svg);
    const millimetres = width / units.width;
    const points = LABEL_SIZE * larger * millimetres * POINTS_PER_MM;
    if (Math.abs(points / fontSize - 1) < TOLERANCE) {
      const height = units.height * millimetres;
      return svg.replace(SIZE, `<svg$1 width="${width}mm" height="${height.toFixed(3)}mm"`);
    }
    larger *= fontSize / points;
    // Letters of half the drawing's width leave no room for what they describe.
    if (LABEL_SIZE * larger > units.width / 2) break;
  }
  throw invalidArgument(`figure ${figure.id}: letters of ${fontSize} points do not fit a width of ${width} mm`);
}

/** The outer element of Vega's SVG. */
const SIZE = /<svg([^>]*?) width="([\d.]+)" height="([\d.]+)"/;

function sizeOf(svg: string): { width: number; height: number } {
  const [, , width, height] = SIZE.exec(svg) ?? [];
  return { width: Number(width), height: Number(height) };
}
