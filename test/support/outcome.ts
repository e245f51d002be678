import { expect } from 'vitest';
import { type ExperimentResult, renderSvg } from '../../src/index.js';
import { expectHonest } from './honest.js';

/** What any outcome must be: finite metrics, whole tables, figures that render, a playback as long as its steps. */
export async function expectWellFormed(result: ExperimentResult): Promise<void> {
  for (const [name, value] of Object.entries(result.metrics))
    expect(value === null || Number.isFinite(value), `metric ${name} is ${value}`).toBe(true);
  for (const table of result.tables) {
    const lengths = Object.values(table.columns).map((column) => column.length);
    expect(new Set(lengths).size, `table ${table.id}`).toBe(1);
    expect(lengths[0], `table ${table.id}`).toBeGreaterThan(0);
  }
  expect(result.claims.length).toBeGreaterThan(0);
  expectHonest(result);
  expect(result.figures.length).toBeGreaterThan(0);
  for (const figure of result.figures) {
    // Without the pictures: three letters of base64 may well be NaN.
    const svg = (await renderSvg(figure)).replaceAll(/base64,[A-Za-z0-9+/=]*/g, '');
    expect(svg, `figure ${figure.id}`).toContain('<svg');
    expect(svg, `figure ${figure.id}`).not.toContain('NaN');
  }
  if (result.playback?.loss) expect(result.playback.loss.length).toBe(result.playback.steps.length);
}
