/** Looking at functions and networks: adversaries, information, measures of complexity. */
export * from './classifier.js';
export * from './information.js';
export * from './measures.js';
export * from './rank.js';
export * from './response.js';
