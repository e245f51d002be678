/** Data for smoke tests, made up on the spot: whether an experiment runs does not hang on real digits or a network. */
import { createDataAccess, type DataAccess } from '../../src/data/index.js';
import { gaussianNoise } from '../../src/spectrum/index.js';

export const madeUpData: DataAccess = {
  ...createDataAccess(),
  /** Images of noise whose class is that of their brightest tenth. */
  mnist: async ({ count = 200, split = 'train' } = {}) => {
    const images = gaussianNoise(count * 784, { seed: split === 'train' ? 1 : 2, std: 0.2 }).data;
    const labels = Float32Array.from({ length: count }, (_, i) => i % 10);
    for (const [i, label] of labels.entries()) images.fill(1, i * 784 + label * 78, i * 784 + label * 78 + 40);
    const shape = { height: 28, width: 28, channels: 1, classes: 10 };
    return { images: { data: images, shape: [count, 784] }, labels: { data: labels, shape: [count] }, ...shape };
  },
  /** The same digits as colours. */
  cifar10: async (options) => {
    const { images, labels } = await madeUpData.mnist(options);
    const count = labels.data.length;
    const data = Float32Array.from({ length: count * 3072 }, (_, i) => {
      const [n, at] = [Math.floor(i / 3072), i % 1024];
      return images.data[n * 784 + Math.floor((at * 784) / 1024)]!;
    });
    return { images: { data, shape: [count, 3072] }, labels, height: 32, width: 32, channels: 3, classes: 10 };
  },
  /** 40 x 40: a smooth hill and a step. */
  picture: async () => {
    const side = 40;
    const at = (i: number): number => (i % side) / side;
    const data = Float64Array.from({ length: side * side }, (_, i) => {
      const [x, y] = [at(i), Math.floor(i / side) / side];
      return 0.5 * Math.exp(-8 * ((x - 0.4) ** 2 + (y - 0.6) ** 2)) + (x + y > 1.2 ? 0.3 : 0);
    });
    return { pixels: { data, shape: [side, side] }, height: side, width: side, channels: 1 };
  },
  /** A tetrahedron. */
  mesh: async () => ({
    positions: { data: Float64Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1), shape: [4, 3] },
    cells: { data: Float64Array.of(0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3), shape: [4, 3] },
  }),
};
