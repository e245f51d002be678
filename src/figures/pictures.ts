/** Rows of pictures with a caption each: an image at several steps beside the one it should become. */
import { invalidArgument } from '../core/errors.js';
import { type NdArray, toNdArray } from '../core/ndarray.js';
import { checkChoice, requireOptions } from '../core/options.js';
import { checkColumns, checkRange, checkSize, checkText, checkWords, FIGURE_OPTIONS } from './check.js';
import type { Figure } from './figure.js';
import { COLOR_MAPS, type ColorMap, pngUrl, stretched } from './raster.js';

/** What `picturesFigure` draws: pictures in a row, with a label each. */
export interface PicturesFigure {
  /** File name without extension. */
  id: string;
  /** Stands above all pictures. */
  title: string;
  /** What is shown and how to read it. */
  caption: string;
  /** `[h, w]` or `[h, w, 3]` each. */
  pictures: readonly {
    /** Stands above the picture. */
    label: string;
    /** Gray `[h, w]`, coloured by `colorMap`, or RGB `[h, w, 3]`. */
    image: NdArray;
  }[];
  /** Values of the first and the last colour. Default [0, 1]. */
  range?: readonly [number, number];
  /** The scale of colours of pictures `[h, w]`. Default `gray`. */
  colorMap?: ColorMap;
  /** Width of one picture; its height follows from its shape. */
  width?: number;
  /** Pictures in a row. Default: all of them, up to 4. */
  columns?: number;
}

/** Pictures side by side, in rows of `columns`. */
export function picturesFigure(options: PicturesFigure): Figure {
  const names = [...FIGURE_OPTIONS, 'pictures', 'range', 'colorMap', 'width', 'columns'] as const;
  const {
    id,
    title,
    caption,
    pictures,
    range = [0, 1],
    colorMap = 'gray',
    width = 160,
  } = requireOptions(options, names);
  checkWords({ id, title, caption });
  checkSize({ width });
  checkColumns(options.columns);
  checkRange(range, 'range');
  checkChoice(colorMap, COLOR_MAPS, 'colorMap');
  if (!Array.isArray(pictures) || pictures.length === 0) {
    throw invalidArgument(`pictures: expected at least one for figure ${id}`);
  }
  const tiles = pictures.map((picture) => {
    const { label, image: given } = requireOptions(picture, ['label', 'image'], 'pictures');
    checkText(label, 'pictures.label');
    const image = toNdArray(given, 'pictures.image');
    const [h = 1, w = 1] = image.shape;
    const height = Math.max(1, Math.round((width * h) / w));
    // Small pictures are enlarged cell by cell here: an image viewer would blur them.
    const enlarge = w < width * 2 ? { columns: stretched(w, width * 2), rows: stretched(h, height * 2) } : {};
    const url = pngUrl(image, { colorMap, range, ...enlarge });
    return {
      width,
      height,
      title: { text: label, fontSize: 12, fontWeight: 500, anchor: 'middle', offset: 4 },
      data: { values: [{ url }] },
      // Without `aria: false` the picture's whole data URL would be written once more, as its label.
      mark: { type: 'image', width, height, aspect: false, align: 'left', baseline: 'top', aria: false },
      encoding: { url: { field: 'url', type: 'nominal' }, x: { value: 0 }, y: { value: 0 } },
    };
  });
  const columns = options.columns ?? Math.min(4, tiles.length);
  const spec = { title, concat: tiles, columns, spacing: 14 };
  return { id, title, caption, spec };
}
