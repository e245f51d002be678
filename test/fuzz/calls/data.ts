/** Valid calls of what reads real data. Nothing is fetched: there is no npm where the fuzzer's calls are made. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  catalogue,
  createDataAccess,
  type DataAccess,
  DivergedError,
  encodeNpy,
  encodeNpz,
  encodePng,
  FprincipleError,
} from '../../../src/index.js';
import { constant, type Kit, type Table } from '../entry.js';
import { array } from '../values.js';

const png = (kit: Kit): Buffer => Buffer.from(encodePng(array(kit, 4, 5), { range: [-1, 1] }));
/** A sound of two samples of 8 bits. */
const wav = (): Buffer =>
  Buffer.from('524946462600000057415645666d74201000000001000100401f0000401f000001000800646174610200000080c0', 'hex');
const dataset = (kit: Kit) => structuredClone(kit.random.pick(Object.values(catalogue)));
const mode = (kit: Kit) => kit.random.pick(['auto', 'gray', 'rgb']);
const access = () => createDataAccess();
const away = ['DATA_UNAVAILABLE', 'IO', 'ABORTED'] as const;
const mesh = () => ({
  positions: { data: Float64Array.of(0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1), shape: [4, 3] },
  cells: { data: Float64Array.of(0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3), shape: [4, 3] },
});

export const data: Table = {
  cacheFolder: { args: () => [{ FPRINCIPLE_CACHE: '/tmp/cache', HOME: '/tmp' }], free: ['*'] },
  datasetFolder: { args: (kit) => [dataset(kit)], free: ['*'] },
  findDataset: { args: (kit) => [kit.random.pick(Object.keys(catalogue))] },
  isCached: { args: (kit) => [dataset(kit)], free: ['*'] },
  fetchDataset: {
    args: (kit) => [dataset(kit), kit.some({ signal: kit.signal, force: true })],
    refused: away,
    free: ['*'],
    cost: 4,
  },
  catalogue: constant,
  createDataAccess: { args: (kit) => [kit.some({ signal: kit.signal, onProgress: () => undefined })], result: 'any' },
  'DataAccess.mnist': { args: (kit) => [access(), kit.some({ split: 'test', count: 5 })], refused: away, cost: 4 },
  'DataAccess.cifar10': { args: (kit) => [access(), kit.some({ split: 'test', count: 5 })], refused: away, cost: 4 },
  'DataAccess.mesh': {
    args: () => [access(), 'bunny'],
    refused: away,
    cost: 4,
    call: ([from, name]) => (from as DataAccess).mesh(name as 'bunny'),
  },
  'DataAccess.picture': {
    args: (kit) => {
      const path = join(kit.folder, 'a.png');
      writeFileSync(path, png(kit));
      return [access(), path, mode(kit)];
    },
  },
  voxelize: { args: (kit) => [mesh(), kit.random.int(2, 9)] },
  decodePicture: { args: (kit) => [png(kit), 'a picture', mode(kit)], free: ['1'] },
  readPicture: {
    args: (kit) => {
      const path = join(kit.folder, 'a.png');
      writeFileSync(path, png(kit));
      return [path, mode(kit)];
    },
  },
  readData: {
    args: (kit) => {
      const path = join(kit.folder, 'a.png');
      writeFileSync(path, png(kit));
      return [path, kit.some({ side: 4, mode: mode(kit) })];
    },
  },
  readSound: {
    args: (kit) => {
      const path = join(kit.folder, 'a.wav');
      writeFileSync(path, wav());
      return [path];
    },
  },
  decodeSound: { args: () => [wav(), 'a sound'], free: ['1'] },
  encodeNpy: { args: (kit) => [array(kit, 3, 4)] },
  encodeNpz: { args: (kit) => [{ a: array(kit, 3, 4), b: array(kit, 5) }] },
  readNpy: { args: (kit) => [encodeNpy(array(kit, 3, 4))] },
  readNpz: { args: (kit) => [encodeNpz({ a: array(kit, 3, 4) }), kit.some({ limit: 10_000 })] },
  shrinkPicture: {
    args: (kit) => [{ pixels: array(kit, 6, 8), height: 6, width: 8, channels: 1 }, 4],
  },
  DivergedError: {
    // Thrown by the package; nobody else makes one.
    args: () => [],
    call: () => new DivergedError('a message', 3).step,
  },
  FprincipleError: {
    args: () => ['IO', 'a message', { cause: 1 }],
    call: (given) => new FprincipleError(...(given as [never, string])),
    free: ['*'],
    result: 'any',
  },
};
