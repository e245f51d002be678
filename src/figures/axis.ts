/** An axis of a figure: what may be asked of it, and how Vega-Lite is told. */
import { invalidArgument } from '../core/errors.js';
import { toList } from '../core/lists.js';
import { shapeText } from '../core/ndarray.js';
import { checkFlag, requireOptions } from '../core/options.js';
import { checkRange, checkText } from './check.js';

/** An axis of a figure. */
export interface Axis {
  /** What is on it, with its unit. */
  title: string;
  /** Base-10 logarithm; values at or under zero are left out, which the caption says. */
  log?: boolean;
  /** First and last value. Default: those of the data. */
  domain?: readonly [number, number];
  /** Where ticks stand. */
  values?: readonly number[];
  /** What is written at each of `values`; default: the numbers. */
  labels?: readonly string[];
}

const AXIS_OPTIONS = ['title', 'log', 'domain', 'values', 'labels'] as const;

/** An axis: its words, and a domain and ticks that its scale has. */
export function checkAxis(axis: Axis, name: string): Axis {
  const { title, log, domain, values, labels } = requireOptions(axis, AXIS_OPTIONS, name);
  checkText(title, `${name}.title`);
  checkFlag(log, `${name}.log`);
  if (domain !== undefined) checkDomain(domain, log ?? false, `${name}.domain`);
  if (values !== undefined && !(Array.isArray(values) && values.every((v) => Number.isFinite(v) && !(log && v <= 0)))) {
    const kind = log ? 'positive numbers, as the axis is logarithmic' : 'finite numbers';
    throw invalidArgument(`${name}.values: expected a list of ${kind}, got ${shapeText(values)}`);
  }
  if (labels !== undefined && !(Array.isArray(labels) && labels.every((label) => typeof label === 'string')))
    throw invalidArgument(`${name}.labels: expected a list of text, got ${shapeText(labels)}`);
  return axis;
}

/** Ends of an axis, in either order. */
function checkDomain(domain: readonly [number, number], log: boolean, name: string): void {
  const ends = Array.isArray(domain) ? toList(domain, name).sort((a, b) => a - b) : domain;
  const [low] = checkRange(ends, name);
  if (log && low <= 0)
    throw invalidArgument(`${name}: expected positive numbers, as the axis is logarithmic, got ${shapeText(domain)}`);
}

/** Title, scale and ticks of an axis as Vega-Lite wants them. */
export function axis(given: Axis): object {
  const { title, log, domain, values, labels } = checkAxis(given, 'axis');
  const scale = log
    ? { type: 'log', nice: false, ...(domain && { domain }) }
    : { zero: false, nice: domain === undefined, ...(domain && { domain }) };
  const named =
    values && labels && values.map((v, i) => `datum.value === ${v} ? ${JSON.stringify(labels[i] ?? '')} : `);
  const ticks = {
    // With a precision of its own: else the scale takes that of its step, and 10, 20, ... are written 1e+1, 2e+1.
    format: '.6~g',
    // Ticks that were chosen are all drawn, which Vega does only without a count. Where the labels of a logarithm would touch,
    // every second one is written: Vega's own way leaves gaps.
    ...(values ? { values, ...(log && labels === undefined && { labelOverlap: 'parity' }) } : { tickCount: 6 }),
    ...(named && { labelExpr: `${named.join('')}''` }),
  };
  // An expression of Vega's has no form for a line break in a text: it takes lines as a list.
  const lines = title.split(/\r?\n/);
  return { title: lines.length > 1 ? lines : title, scale, axis: ticks };
}
