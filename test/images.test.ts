import { describe, expect, it } from 'vitest';
import { readMesh } from '../src/data/mesh.js';
import { type ClassImages, classifier } from '../src/experiments/support/classification.js';
import { createDataAccess, createModel, findDataset, isCached } from '../src/index.js';

describe('CIFAR-10', () => {
  it('50,000 + 10,000 photographs, channel after channel', async (context) => {
    // 139 MB: read where it is, never fetched for a test.
    if (!(await isCached(findDataset('cifar10')))) return context.skip();
    const { images, labels } = await createDataAccess().cifar10({ count: 200 });
    expect(images.shape).toEqual([200, 3072]);
    expect([...labels.data.subarray(0, 8)]).toEqual([6, 9, 9, 4, 1, 1, 2, 7]);
    // The first image of the original binary files, a frog: first pixel 59, 62, 63.
    const first = [0, 1024, 2048].map((i) => Math.round(images.data[i]! * 255));
    expect(first).toEqual([59, 62, 63]);
    await expect(createDataAccess().cifar10({ split: 'test', count: 10_001 })).rejects.toThrow('from 1 to 10000');
  });
});

describe('classifiers', () => {
  const images = (channels: number, side: number): ClassImages => ({
    images: { data: new Float32Array(channels * side * side), shape: [1, channels * side * side] },
    labels: { data: new Float32Array(1), shape: [1] },
    height: side,
    width: side,
    channels,
    size: channels * side * side,
    classes: 10,
  });
  const options = { hidden: [8], activation: 'relu', vggFilters: 4 } as const;

  it('VGG16 has thirteen convolutions and takes 28 x 28 as well as 32 x 32', async () => {
    for (const set of [images(1, 28), images(3, 32)]) {
      const spec = classifier('vgg16', set, { ...options, hidden: [8] });
      expect(spec.layers.filter(({ type }) => type === 'conv2d')).toHaveLength(13);
      const model = createModel(spec, { seed: 1 });
      const x = { data: new Float32Array(set.size).fill(0.5), shape: [1, set.channels, set.height, set.width] };
      expect((await model.predict(x)).shape).toEqual([1, 10]);
    }
  });
});

describe('meshes', () => {
  it('reads positions and cells without running the file', () => {
    const text = 'throw 1;exports.positions=[[0,0,0],[1,0,0],[0,1,0.5]];\nexports.cells=[[0,1,2]]';
    const mesh = readMesh(text, 'one');
    expect(mesh.positions.shape).toEqual([3, 3]);
    expect([...mesh.cells.data]).toEqual([0, 1, 2]);
  });

  it('refuses a file without triangles', () => {
    expect(() => readMesh('exports.positions=[[0,0,0]]', 'none')).toThrow('mesh none: it has no cells');
  });
});
