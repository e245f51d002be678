/** Figures to SVG (Vega, no browser needed), and from there to PNG and PDF (the engine). */
import type { Loader } from 'vega';
import type { TopLevelSpec } from 'vega-lite';
import { FprincipleError, invalidArgument } from '../core/errors.js';
import { call } from '../core/native.js';
import { describe } from '../core/ndarray.js';
import { requireObject } from '../core/options.js';
import type { Figure } from './figure.js';
import { config } from './style.js';

/**
 * The figure as SVG text, in the house style. The specification may name no outside data: everything is inline.
 *
 * @throws FprincipleError `INVALID_ARGUMENT` when the specification is not valid Vega-Lite.
 */
export const renderSvg = (figure: Figure): Promise<string> => drawSvg(figure, 1);

/** {@link renderSvg} with all letters `larger` times as large. */
export async function drawSvg(figure: Figure, larger: number): Promise<string> {
  requireObject(figure, 'figure');
  const refused: string[] = [];
  try {
    checkSizes(figure.spec, figure.id);
    // Loaded at the first figure: a command that draws nothing starts at once.
    const { compile, errorsOnly, loader, parse, textMetrics, View } = await import('./vega.js');
    const silent = { warn: ignore, info: ignore, debug: ignore, error: ignore, level: () => 0 } as never;
    const { spec } = compile(withLetters(titled(figure), larger), {
      config: withLetters(config, larger),
      logger: silent,
    });
    if (spec.data?.some((data) => 'url' in data)) throw new Error('outside data is not read: give it inline');
    const view = new View(parse(spec), {
      renderer: 'none',
      loader: inlineOnly(loader(), refused),
      logLevel: errorsOnly,
    });
    const svg = await measured(textMetrics, async () => {
      await view.runAsync();
      const text = await view.toSVG();
      view.finalize();
      return text;
    });
    if (refused[0] !== undefined) throw new Error(`outside data is not read, links are not made: ${refused[0]}`);
    return svg;
  } catch (cause) {
    if (cause instanceof FprincipleError) throw cause;
    // What a compiler stumbles over inside itself says nothing of the specification.
    const own = cause instanceof Error && !(cause instanceof TypeError || cause instanceof RangeError);
    const why = own ? cause.message : 'a mark, an encoding, a size or data of it is not what its schema asks';
    throw new FprincipleError('INVALID_ARGUMENT', `figure ${describe(figure.id)}: spec: not valid Vega-Lite: ${why}`, {
      cause,
    });
  }
}

/** A figure's specification, with its title where it names none itself. */
const titled = ({ spec, title }: Figure): TopLevelSpec =>
  ('title' in spec || title === '' ? spec : { ...spec, title }) as TopLevelSpec;

/** A specification or a configuration with its sizes of letters, and the room that is kept for them, multiplied. */
function withLetters<T>(spec: T, larger: number): T {
  if (larger === 1) return spec;
  const scaled = (key: string, value: unknown): unknown =>
    typeof value === 'number' && LETTERS.test(key) ? value * larger : value;
  // Data have no letters, and may be long.
  const data = new Set(['data', 'datasets']);
  const walk = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, data.has(key) ? inner : scaled(key, walk(inner))]),
    );
  };
  return walk(spec) as T;
}

const LETTERS = /^(fontSize|labelFontSize|titleFontSize|labelLimit|titleLimit|titlePadding)$/;

/** Figures that are being drawn, and Vega's own measure, which comes back after the last of them. */
const drawing = { count: 0, own: undefined as typeof textWidth | undefined };

/** Does `work` with {@link textWidth} as Vega's measure. */
async function measured<T>(metrics: { width: typeof textWidth }, work: () => Promise<T>): Promise<T> {
  if (drawing.count++ === 0) drawing.own = metrics.width;
  metrics.width = textWidth;
  try {
    return await work();
  } finally {
    if (--drawing.count === 0 && drawing.own) metrics.width = drawing.own;
  }
}

/**
 * About the width of a text in DejaVu Sans. Without a canvas Vega takes 0.8 of the size for a character: a long title of an
 * axis then counts as longer than the axis and pushes the title of its chart away.
 */
function textWidth(item: { text?: unknown; fontSize?: number; fontWeight?: unknown }, text?: unknown): number {
  const bold = item.fontWeight === 'bold' || Number(item.fontWeight) >= 600;
  return (bold ? 0.7 : 0.62) * String(text ?? item.text ?? '').length * (item.fontSize ?? 11);
}

/** Longest side of a figure or a part of it, in units of the SVG. */
export const MOST_UNITS = 1 << 15;

/** Refuses widths and heights that no page has, anywhere in a specification but in its data: axes are cut by them. */
function checkSizes(spec: unknown, id: string, depth = 0): void {
  // Deeper than any specification goes lies what holds itself: Vega's compiler says so.
  if (typeof spec !== 'object' || spec === null || ArrayBuffer.isView(spec) || depth > 64) return;
  for (const [key, value] of Object.entries(spec)) {
    const size = (key === 'width' || key === 'height') && typeof value === 'number';
    if (size && !(value >= 0 && value <= MOST_UNITS)) {
      throw invalidArgument(`figure ${id}: ${key}: expected a number from 0 to ${MOST_UNITS}, got ${value}`);
    }
    if (key !== 'data' && key !== 'datasets') checkSizes(value, id, depth + 1);
  }
}

/**
 * PNG bytes of an SVG on white, `scale` pixels for one of its units.
 * @param name what the SVG is, for the message: `figure errors`
 *
 * @throws `INVALID_ARGUMENT` for text that is no SVG and for more than 2^28 pixels, `OVER_MEMORY_LIMIT`
 */
export function renderPng(svg: string, scale = 2, name = 'svg'): Uint8Array {
  checkSvg(svg, name);
  if (!(typeof scale === 'number' && scale > 0 && Number.isFinite(scale))) {
    throw invalidArgument(`scale: expected a positive number, got ${describe(scale)}`);
  }
  return call((addon) => addon.svgToPng(svg, scale, name));
}

/**
 * A PDF of an SVG: one page of its size (96 units to the inch), lines as lines and texts as texts, the typeface inside. Which
 * of its objects comes first is left to chance: the page is the same, the bytes are not.
 * @param name what the SVG is, for the message: `figure errors`
 *
 * @throws `INVALID_ARGUMENT` for text that is no SVG
 */
export function renderPdf(svg: string, name = 'svg'): Uint8Array {
  checkSvg(svg, name);
  return call((addon) => addon.svgToPdf(svg, name));
}

function checkSvg(svg: unknown, name: string): void {
  if (typeof svg !== 'string')
    throw invalidArgument(`${name}: expected the text of an SVG, as renderSvg gives of a figure, got ${describe(svg)}`);
}

const ignore = (): void => undefined;

/** A loader that gives inline images and refuses to read files or the network; `refused` hears of what was asked. */
function inlineOnly(loader: Loader, refused: string[]): Loader {
  const refuse = (uri: string): never => {
    throw new Error(`outside data is not read: ${String(uri).slice(0, 60)}`);
  };
  // Vega waits for what it is given here, and takes a refusal of a link for a defect that nobody can catch.
  const nothing = (uri: string) => {
    refused.push(String(uri).slice(0, 60));
    return { href: '#' };
  };
  return {
    ...loader,
    load: (uri: string) => refuse(uri),
    sanitize: async (uri: string) => (String(uri).startsWith('data:image/') ? { href: uri } : nothing(uri)),
    http: refuse,
    file: refuse,
  } as Loader;
}
