/** The writer of Parquet files: a module of its own, which the build puts into the package with the library in it. */
export { parquetWriteBuffer } from 'hyparquet-writer';
