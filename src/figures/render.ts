/** Figures to SVG (Vega, no browser needed) and to PNG (resvg). */
import { createRequire } from 'node:module';
import type { Loader } from 'vega';
import { FprincipleError } from '../errors.js';
import type { Figure } from './figure.js';
import { config } from './style.js';

/**
 * The figure as SVG text, in the house style. The specification may name no outside data: everything is inline.
 *
 * @throws FprincipleError `INVALID_ARGUMENT` when the specification is not valid Vega-Lite.
 */
export async function renderSvg(figure: Figure): Promise<string> {
  try {
    // Loaded at the first figure: a command that draws nothing starts at once.
    const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
    (vega as unknown as { textMetrics: { width: typeof textWidth } }).textMetrics.width = textWidth;
    const silent = { warn: ignore, info: ignore, debug: ignore, error: ignore, level: () => 0 } as never;
    const { spec } = compile(figure.spec, { config, logger: silent });
    if (spec.data?.some((data) => 'url' in data)) throw new Error('outside data is not read: give it inline');
    const view = new vega.View(vega.parse(spec), {
      renderer: 'none',
      loader: inlineOnly(vega.loader()),
      logLevel: vega.Error,
    });
    await view.runAsync();
    const svg = await view.toSVG();
    view.finalize();
    return svg;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FprincipleError('INVALID_ARGUMENT', `figure ${figure.id}: not valid Vega-Lite: ${why}`, { cause });
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

/** PNG bytes of an SVG, `scale` pixels for one of its units. */
export function renderPng(svg: string, scale = 2): Uint8Array {
  const { Resvg } = require('@resvg/resvg-js') as typeof import('@resvg/resvg-js');
  const image = new Resvg(svg, {
    fitTo: { mode: 'zoom', value: scale },
    background: '#ffffff',
    font: {
      fontFiles: [font('DejaVuSans.ttf'), font('DejaVuSans-Bold.ttf')],
      loadSystemFonts: false,
      defaultFontFamily: 'DejaVu Sans',
    },
  });
  return image.render().asPng();
}

const require = createRequire(import.meta.url);

/** The package's own fonts: pictures are the same on a machine that has none. */
const font = (file: string): string => require.resolve(`dejavu-fonts-ttf/ttf/${file}`);

const ignore = (): void => undefined;

/** A loader that gives inline images and refuses to read files or the network. */
function inlineOnly(loader: Loader): Loader {
  const refuse = (uri: string): never => {
    throw new Error(`outside data is not read: ${uri.slice(0, 60)}`);
  };
  return {
    ...loader,
    load: (uri: string) => refuse(uri),
    sanitize: async (uri: string) => (uri.startsWith('data:image/') ? { href: uri } : refuse(uri)),
    http: refuse,
    file: refuse,
  } as Loader;
}
