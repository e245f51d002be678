/** A network that learns a picture, as a page plays it. */
import type { NdArray } from '../../core/ndarray.js';
import type { Playback } from '../../experiment/index.js';

/** Output by output of the first of `fits`, with the picture that it learns; nothing where no frames were kept. */
export function picturePlayback<F extends { steps: number[]; loss: number[]; frames: NdArray }>(
  [fit]: readonly F[],
  picture: { title: string; target?: NdArray | undefined },
  more: (fit: F) => Playback['panels'] = () => [],
): { playback?: Playback } {
  if (!fit) return {};
  const { title, target } = picture;
  const image = { kind: 'image', title, frames: fit.frames, ...(target && { target }) } as const;
  return { playback: { steps: fit.steps, loss: fit.loss, panels: [image, ...more(fit)] } };
}
