/** Every export of the package by name, and the methods of what exports give: how each is called. */
import { analysis } from './calls/analysis.js';
import { data } from './calls/data.js';
import { experiment } from './calls/experiment.js';
import { figures } from './calls/figures.js';
import { fit } from './calls/fit.js';
import { kernels } from './calls/kernels.js';
import { measure } from './calls/measure.js';
import { nets } from './calls/nets.js';
import { spectrum } from './calls/spectrum.js';
import { constant, type Entry, type Table } from './entry.js';

export const table: Table = {
  ...spectrum,
  ...analysis,
  ...nets,
  ...kernels,
  ...measure,
  ...experiment,
  ...figures,
  ...data,
  ...fit,
};

/** The entries that can be called. */
export const entries: ReadonlyMap<string, Entry> = new Map(
  Object.entries(table).filter((pair): pair is [string, Entry] => pair[1] !== constant),
);
