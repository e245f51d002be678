/** The studio: a page on which a network learns before one's eyes. */
export { type Studio, type StudioOptions, startStudio } from './server/server.js';
