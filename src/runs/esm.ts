/**
 * What linking uses of es-module-lexer and import-meta-resolve: a module of its own, which the build puts into the package
 * with the libraries in it.
 */
export { type Import, init, parse } from 'es-module-lexer';
export { resolve } from 'import-meta-resolve';
