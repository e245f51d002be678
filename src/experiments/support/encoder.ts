/** A small Transformer encoder that turns a sequence of numbers into another (Vaswani et al. 2017, layer norm first). */
import type { LayerSpec, NetworkSpec } from '../../nets/index.js';

export interface EncoderOptions {
  tokens: number;
  /** Numbers that a token holds. Default 1. */
  inputs?: number;
  /** Features of a token. */
  width: number;
  heads: number;
  blocks: number;
  encoding: 'none' | 'sinusoidal' | 'learned';
}

/**
 * `[tokens, inputs] -> [tokens, 1]`: blocks of attention and a feed-forward layer, each with a residual connection and layer
 * normalisation before it.
 */
export function encoder({ tokens, inputs = 1, width, heads, blocks, encoding }: EncoderOptions): NetworkSpec {
  const block: LayerSpec[] = [
    { type: 'residual', layers: [{ type: 'layerNorm' }, { type: 'attention', heads }] },
    {
      type: 'residual',
      layers: [
        { type: 'layerNorm' },
        { type: 'dense', units: 2 * width },
        { type: 'activation', fn: 'gelu' },
        { type: 'dense', units: width },
      ],
    },
  ];
  return {
    input: [tokens, inputs],
    layers: [
      { type: 'dense', units: width },
      { type: 'positions', encoding },
      ...Array.from({ length: blocks }, () => block).flat(),
      { type: 'layerNorm' },
      { type: 'dense', units: 1 },
    ],
  };
}
