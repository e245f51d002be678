/** Figures: Vega-Lite specifications in one style, and their export. */

export type { Axis } from './axis.js';
export { type ComparisonFigure, comparisonFigure } from './comparison.js';
export type { Figure, VegaLiteSpec } from './figure.js';
export { type HeatmapFigure, heatmapFigure } from './heatmap.js';
export { type Line, type LineFigure, lineFigure } from './lines.js';
export { type PanelsFigure, panelsFigure } from './panels.js';
export { type PicturesFigure, picturesFigure } from './pictures.js';
export { type ColorMap, colorSamples, encodePng, pngUrl, type RasterOptions, slice } from './raster.js';
export { renderPdf, renderPng, renderSvg } from './render.js';
export { type PaperSize, renderSized } from './sized.js';
export { categories, colors, config, okabeIto } from './style.js';
