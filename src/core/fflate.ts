/** What archives use of fflate: a module of its own, which the build puts into the package with the library in it. */
export { unzipSync, zipSync } from 'fflate';
