/** Pictures from files: PNG, JPEG, WebP and TIFF decoded (in Rust) to gray or RGB values between 0 and 1. */

import { types } from 'node:util';
import { complete } from '../core/complete.js';
import { FprincipleError, invalidArgument, invalidShape } from '../core/errors.js';
import { checkPath, readWhole } from '../core/files.js';
import { call, runTask } from '../core/native.js';
import { describe, finiteResult, isSteady, type NdArray, toNdArray } from '../core/ndarray.js';
import { checkInteger, required, requireOptions } from '../core/options.js';

/** A picture: values between 0 and 1, row-major, the first row on top. */
export interface Picture {
  /** `[h, w]` gray or `[h, w, 3]` RGB. */
  pixels: NdArray;
  /** Rows, in pixels. */
  height: number;
  /** Columns, in pixels. */
  width: number;
  /** 1 for gray, 3 for RGB. */
  channels: 1 | 3;
}

/** What channels to give: as stored (a picture whose three channels agree everywhere is gray), or converted. */
export type PictureMode = 'auto' | 'gray' | 'rgb';

const modes: readonly unknown[] = complete<PictureMode>()(['auto', 'gray', 'rgb']);

/**
 * Reads a PNG, JPEG, WebP or TIFF file, off the event loop. The kind is told by the bytes, not by the name.
 *
 * - A sample of b bits becomes `v / (2^b - 1)`: 16-bit files keep their 16 bits. Values are sRGB as they are stored; no
 *   gamma and no colour profile is applied. Floating-point samples have to lie between 0 and 1.
 * - Transparency is laid over white. Gray from RGB is Rec. 601 luma of the stored values, `0.299 R + 0.587 G + 0.114 B`;
 *   CMYK becomes RGB by `(1 - c)(1 - k)`, and so on.
 * - The orientation that the file states (a camera's, say) is applied: `height` and `width` are those of the upright picture.
 * - Of an animation or a file of several pages the first picture counts.
 *
 * @throws FprincipleError `IO` when the file cannot be read, `INVALID_ARGUMENT` when it is no such picture, of a kind that
 * is not read (lossless or arithmetic-coded JPEG), damaged, cut short, or larger than 64 megapixels (found out before it is
 * decoded), and for another `mode`.
 */
export async function readPicture(path: string, mode: PictureMode = 'auto'): Promise<Picture> {
  checkPath(path, 'image');
  checkMode(mode);
  return decodePictureAsync(await readWhole(path, { what: 'image' }), path, mode);
}

/**
 * Decodes the bytes of a picture file, as {@link readPicture}; `name` is for messages.
 * @throws FprincipleError `INVALID_ARGUMENT`
 */
export function decodePicture(bytes: Uint8Array, name: string, mode: PictureMode = 'auto'): Picture {
  checkBytes(bytes, name);
  checkMode(mode);
  // Memory that others may change meanwhile is copied.
  const own = isSteady(bytes) ? bytes : Uint8Array.from(bytes);
  return picture(call((addon) => addon.decodePictureSync(own, name, mode)));
}

/** {@link decodePicture}, off the event loop. */
export async function decodePictureAsync(bytes: Uint8Array, name: string, mode: PictureMode): Promise<Picture> {
  return picture(await runTask((addon, control) => addon.decodePicture(control, bytes, name, mode)));
}

/** The first `count` rows of a picture in RGB, each channel after channel: `[count, 3 w]`. */
export function decodeRows(bytes: Uint8Array, name: string, count: number): Promise<NdArray> {
  return runTask((addon, control) => addon.decodePictureRows(control, bytes, name, count));
}

function picture(pixels: NdArray): Picture {
  const [height = 0, width = 0] = pixels.shape;
  return { pixels, height, width, channels: pixels.shape.length === 3 ? 3 : 1 };
}

function checkBytes(bytes: unknown, name: unknown): void {
  if (typeof name !== 'string') throw invalidArgument(`name: expected a text, got ${describe(name)}`);
  if (!types.isUint8Array(bytes)) throw invalidArgument(`bytes: expected a Uint8Array, got ${describe(bytes)}`);
}

/** @throws `INVALID_ARGUMENT` for another name than {@link PictureMode} has */
export function checkMode(mode: unknown): void {
  if (!modes.includes(mode)) throw invalidArgument(`mode: expected 'auto', 'gray' or 'rgb', got ${describe(mode)}`);
}

/**
 * A picture reduced so that its longer side has `side` pixels (its shape kept), each pixel the mean over the area it
 * covers: averaging keeps frequencies above the new grid's Nyquist out. A smaller picture is given back as it is.
 */
export function shrinkPicture(picture: Picture, side: number): Picture {
  const { channels, pixels } = checkPicture(picture);
  checkInteger(required(side, 'side'), 'side', 1);
  const longer = Math.max(picture.height, picture.width);
  if (side >= longer) return picture;
  const [height, width] = [picture.height, picture.width].map((n) => Math.max(1, Math.round((n * side) / longer))) as [
    number,
    number,
  ];
  const [rows, columns] = [covers(picture.height, height), covers(picture.width, width)];
  const out = new Float32Array(height * width * channels);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (const [fromY, shareY] of rows[y]!) {
        for (const [fromX, shareX] of columns[x]!) {
          const from = (fromY * picture.width + fromX) * channels;
          const to = (y * width + x) * channels;
          for (let c = 0; c < channels; c++) out[to + c]! += pixels.data[from + c]! * shareY * shareX;
        }
      }
    }
  }
  const shape = channels === 1 ? [height, width] : [height, width, 3];
  return finiteResult({ pixels: { data: out, shape }, height, width, channels }, 'picture.pixels');
}

/** @throws `INVALID_ARGUMENT`, `INVALID_SHAPE` or `NON_FINITE` for what is no picture, or one whose fields contradict each other */
function checkPicture(given: Picture): Picture {
  const { pixels, height, width, channels } = requireOptions(
    given,
    ['pixels', 'height', 'width', 'channels'],
    'picture',
  );
  const array = toNdArray(required(pixels, 'picture.pixels'), 'picture.pixels');
  const { shape } = array;
  if (!(shape.length === 2 || (shape.length === 3 && shape[2] === 3)) || shape.includes(0)) {
    throw invalidShape(`picture.pixels: expected shape [h, w] or [h, w, 3], got [${shape.join(', ')}]`);
  }
  const of = picture(array);
  for (const [name, is, says] of [
    ['height', of.height, height],
    ['width', of.width, width],
    ['channels', of.channels, channels],
  ] as const) {
    if (is !== says)
      throw invalidArgument(`picture.${name}: expected ${is}, as the pixels have, got ${describe(says)}`);
  }
  const odd = array.data.findIndex((v) => !Number.isFinite(v));
  if (odd >= 0) {
    const message = `picture.pixels: expected finite numbers, got ${array.data[odd]} at element ${odd}`;
    throw new FprincipleError('NON_FINITE', message);
  }
  return of;
}

/** For each of `to` equal parts of `from` lines, the lines it covers and the share each has in it. */
function covers(from: number, to: number): [number, number][][] {
  const size = from / to;
  return Array.from({ length: to }, (_, i) => {
    const parts: [number, number][] = [];
    const [start, end] = [i * size, (i + 1) * size];
    for (let line = Math.floor(start); line < Math.min(from, Math.ceil(end - 1e-9)); line++) {
      parts.push([line, (Math.min(end, line + 1) - Math.max(start, line)) / size]);
    }
    return parts;
  });
}
