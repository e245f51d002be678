/** A target from a file that the reader chose: a picture, a table of numbers, a sound. It stays on the page. */

import { MOST_OWN, type Target } from '../state.js';
import { words } from './words.js';

const PICTURE = 32;
/** Values of a signal: enough for every frequency that is measured. */
const SIGNAL = 512;

/** @throws `Error` in a sentence for the page */
export async function targetOf(file: File): Promise<Target> {
  if (file.type.startsWith('image/')) return pictureOf(file);
  if (file.type.startsWith('audio/') || /\.wav$/i.test(file.name)) return soundOf(file);
  return tableOf(file.name, await file.text());
}

async function pictureOf(file: File): Promise<Target> {
  const bitmap = await createImageBitmap(file);
  const canvas = new OffscreenCanvas(PICTURE, PICTURE);
  const context = canvas.getContext('2d')!;
  // The largest square in its middle.
  const side = Math.min(bitmap.width, bitmap.height);
  const [x, y] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
  context.imageSmoothingQuality = 'high';
  context.drawImage(bitmap, x, y, side, side, 0, 0, PICTURE, PICTURE);
  const { data } = context.getImageData(0, 0, PICTURE, PICTURE);
  // Rec. 709, to 8 bits: as a PNG would keep it.
  const gray = (i: number) => 0.2126 * data[4 * i]! + 0.7152 * data[4 * i + 1]! + 0.0722 * data[4 * i + 2]!;
  const values = Array.from({ length: PICTURE ** 2 }, (_, i) => Math.round((gray(i) / 255) * 1000) / 1000);
  return { kind: 'picture', name: file.name.slice(0, 200), width: PICTURE, values };
}

async function soundOf(file: File): Promise<Target> {
  const audio = new OfflineAudioContext(1, 1, 44_100);
  const sound = await audio.decodeAudioData(await file.arrayBuffer());
  const samples = sound.getChannelData(0);
  // From its loudest place on, since many sounds begin in silence.
  let start = 0;
  for (const [i, value] of samples.entries()) if (Math.abs(value) > Math.abs(samples[start]!)) start = i;
  start = Math.max(0, Math.min(start - SIGNAL / 2, samples.length - SIGNAL));
  return signal(file.name, [...samples.subarray(start, start + SIGNAL)]);
}

/** One column: values at equal distances. Two: places and values, brought to equal distances by straight lines. */
export function tableOf(name: string, text: string): Target {
  const rows = text
    .split(/\r?\n/)
    .map((line) =>
      line
        .trim()
        .split(/[\s,;]+/)
        .map(Number),
    )
    .filter((row) => row.length > 0 && row.every((value) => Number.isFinite(value)));
  const columns = rows[0]?.length ?? 0;
  if (rows.length < 4 || rows.some((row) => row.length !== columns)) {
    throw new Error(words.value.studio.target.fewRows(name));
  }
  if (columns === 1)
    return signal(
      name,
      rows.slice(0, MOST_OWN).map(([value]) => value!),
    );
  const sorted = rows.map(([x, y]) => [x!, y!] as const).sort((a, b) => a[0] - b[0]);
  const [low, high] = [sorted[0]![0], sorted.at(-1)![0]];
  if (!(high > low)) throw new Error(words.value.studio.target.onePlace(name));
  let right = 1;
  const values = Array.from({ length: SIGNAL }, (_, i) => {
    const x = low + ((high - low) * i) / SIGNAL;
    while (right < sorted.length - 1 && sorted[right]![0] < x) right++;
    const [[x0, y0], [x1, y1]] = [sorted[right - 1]!, sorted[right]!];
    return x1 === x0 ? y1 : y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
  });
  return signal(name, values);
}

/** Brought to about one in size: what networks start from. */
function signal(name: string, values: number[]): Target {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const most = Math.max(...values.map((value) => Math.abs(value - mean))) || 1;
  const scaled = values.map((value) => Number(((value - mean) / most).toPrecision(6)));
  return { kind: 'signal', name: name.slice(0, 200), values: scaled };
}
