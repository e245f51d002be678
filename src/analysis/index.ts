/** Looking at functions and networks: Poisson sweeps and splines to compare with, adversaries, information. */
export * from './classifier.js';
export * from './information.js';
export * from './measures.js';
export * from './poisson.js';
export * from './spline.js';
