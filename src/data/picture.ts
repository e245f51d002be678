/** Pictures from files: PNG and JPEG decoded to gray or RGB values between 0 and 1. */
import { readFile } from 'node:fs/promises';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { FprincipleError, invalidArgument } from '../errors.js';
import type { NdArray } from '../ndarray.js';

/** A picture: values between 0 and 1, row-major, the first row on top. */
export interface Picture {
  /** `[h, w]` gray or `[h, w, 3]` RGB. */
  pixels: NdArray;
  height: number;
  width: number;
  /** 1 for gray, 3 for RGB. */
  channels: 1 | 3;
}

/** What channels to give: as stored (a picture whose three channels agree everywhere is gray), or converted. */
export type PictureMode = 'auto' | 'gray' | 'rgb';

/** Pixels of a decoded picture above which it is refused: 64 megapixels. */
const maxPixels = 1 << 26;

/**
 * Reads a PNG or JPEG file. Transparency is laid over white; gray from RGB is Rec. 601 luma, 0.299 R + 0.587 G + 0.114 B.
 *
 * @throws FprincipleError `IO` when the file cannot be read, `INVALID_ARGUMENT` when it is no PNG or JPEG.
 */
export async function readPicture(path: string, mode: PictureMode = 'auto'): Promise<Picture> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new FprincipleError('IO', `image: ${path} cannot be read`, { cause });
  }
  return decodePicture(bytes, path, mode);
}

/** Decodes the bytes of a PNG or JPEG; `name` is for messages. */
export function decodePicture(bytes: Buffer, name: string, mode: PictureMode = 'auto'): Picture {
  const { width, height, data } = decodeRgba(bytes, name);
  if (width * height > maxPixels) {
    throw new FprincipleError(
      'INVALID_ARGUMENT',
      `image: ${name}: expected at most ${maxPixels} pixels, got ${width} x ${height}`,
    );
  }
  const rgb = new Float32Array(width * height * 3);
  let gray = true;
  for (let i = 0; i < width * height; i++) {
    const alpha = data[4 * i + 3]! / 255;
    for (let c = 0; c < 3; c++) rgb[3 * i + c] = (data[4 * i + c]! / 255) * alpha + (1 - alpha);
    gray &&= data[4 * i] === data[4 * i + 1] && data[4 * i] === data[4 * i + 2];
  }
  if (mode === 'rgb' || (mode === 'auto' && !gray)) {
    return { pixels: { data: rgb, shape: [height, width, 3] }, height, width, channels: 3 };
  }
  const luma = new Float32Array(width * height);
  for (let i = 0; i < luma.length; i++) {
    luma[i] = gray ? rgb[3 * i]! : 0.299 * rgb[3 * i]! + 0.587 * rgb[3 * i + 1]! + 0.114 * rgb[3 * i + 2]!;
  }
  return { pixels: { data: luma, shape: [height, width] }, height, width, channels: 1 };
}

/** Width, height and RGBA bytes of a PNG or JPEG. @throws FprincipleError `INVALID_ARGUMENT` when it is neither. */
export function decodeRgba(bytes: Buffer, name: string): { width: number; height: number; data: Uint8Array } {
  try {
    if (bytes.subarray(0, 8).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])))
      return PNG.sync.read(bytes);
    if (bytes[0] === 0xff && bytes[1] === 0xd8) {
      return jpeg.decode(bytes, { useTArray: true, formatAsRGBA: true, maxMemoryUsageInMB: 2048 });
    }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FprincipleError('INVALID_ARGUMENT', `image: ${name} is damaged: ${why}`, { cause });
  }
  throw new FprincipleError('INVALID_ARGUMENT', `image: ${name}: expected a PNG or JPEG file`);
}

/**
 * A picture reduced so that its longer side has `side` pixels (its shape kept), each pixel the mean over the area it
 * covers: averaging keeps frequencies above the new grid's Nyquist out. A smaller picture is given back as it is.
 */
export function shrinkPicture(picture: Picture, side: number): Picture {
  const { channels, pixels } = picture;
  if (!Number.isInteger(side) || side < 1) throw invalidArgument(`side: expected a positive integer, got ${side}`);
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
  return { pixels: { data: out, shape }, height, width, channels };
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
