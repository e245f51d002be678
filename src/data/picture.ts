/** Pictures from files: PNG and JPEG decoded to gray or RGB values between 0 and 1. */
import { readFile } from 'node:fs/promises';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { FprincipleError } from '../errors.js';
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
  const { width, height, data } = decode(bytes, name);
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

function decode(bytes: Buffer, name: string): { width: number; height: number; data: Uint8Array } {
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
 * A picture reduced to `height` x `width` by averaging blocks (both sides must divide the picture's).
 * Averaging first keeps frequencies above the new grid's Nyquist out of it.
 */
export function shrinkPicture(picture: Picture, height: number, width: number): Picture {
  const { channels } = picture;
  const [fy, fx] = [picture.height / height, picture.width / width];
  if (!Number.isInteger(fy) || !Number.isInteger(fx) || fy < 1 || fx < 1) {
    throw new FprincipleError(
      'INVALID_ARGUMENT',
      `image: expected a size that divides ${picture.height} x ${picture.width}, got ${height} x ${width}`,
    );
  }
  const out = new Float32Array(height * width * channels);
  const share = 1 / (fy * fx);
  for (let y = 0; y < picture.height; y++) {
    for (let x = 0; x < picture.width; x++) {
      const to = (Math.floor(y / fy) * width + Math.floor(x / fx)) * channels;
      const from = (y * picture.width + x) * channels;
      for (let c = 0; c < channels; c++) out[to + c]! += picture.pixels.data[from + c]! * share;
    }
  }
  const shape = channels === 1 ? [height, width] : [height, width, 3];
  return { pixels: { data: out, shape }, height, width, channels };
}
