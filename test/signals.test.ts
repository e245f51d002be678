import { describe, expect, it } from 'vitest';
import { amplitudes, bandwidth, curvePlayback, periodicGrid, sample } from '../src/index.js';

describe('periodic signals', () => {
  it('the grid leaves out the end, so that integer tones stand alone', () => {
    const x = periodicGrid(50);
    expect(x.shape).toEqual([50, 1]);
    expect(x.data[0]).toBe(-Math.PI);
    const { data } = amplitudes({ data: sample(x, (v) => Math.sin(3 * v)).data, shape: [1, 50] });
    // A tone of amplitude 1 has |X| / n = 1/2.
    data.forEach((a, k) => {
      expect(a).toBeCloseTo(k === 3 ? 0.5 : 0, 12);
    });
  });

  it('the bandwidth holds its share of the power, the mean left out', () => {
    expect(bandwidth([7, 1, 0, 1], 0.5)).toBeCloseTo(1, 12);
    expect(bandwidth([7, 1, 0, 1], 0.75)).toBeCloseTo(2.5, 12);
    expect(bandwidth([0, 0, 0, 2], 1)).toBeCloseTo(3, 12);
    expect(bandwidth([5, 0, 0], 0.95)).toBe(0);
  });

  it('a playback shows curve and spectrum at the same records', () => {
    const x = periodicGrid(16);
    const target = sample(x, Math.sin);
    const outputs = { data: Float64Array.from([...target.data.map((v) => v / 2), ...target.data]), shape: [2, 16, 1] };
    const { panels } = curvePlayback({ x, target, history: { steps: [0, 9], loss: [1, 0] }, outputs, frequencies: 3 });
    const spectrum = panels[1]!;
    if (spectrum.kind !== 'curve') throw new Error('a curve was expected');
    expect(spectrum.x).toEqual([0, 1, 2, 3]);
    const network = spectrum.series[1]!.y;
    expect('shape' in network && network.shape).toEqual([2, 4]);
    expect('data' in network && [network.data[1], network.data[5]]).toEqual([
      expect.closeTo(0.25, 12),
      expect.closeTo(0.5, 12),
    ]);
  });
});
