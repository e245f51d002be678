/** Every claim of the package has a control or says why there can be none, and every citation is in the bibliography. */
import { expect } from 'vitest';
import { citedIn } from '../../src/bibliography.js';
import type { ExperimentResult } from '../../src/index.js';

/** Controls and citations of what an experiment of the package gave. */
export function expectHonest({ id, claims }: Pick<ExperimentResult, 'id' | 'claims'>): void {
  for (const claim of claims) {
    const controlled = (claim.controls?.length ?? 0) > 0 || claim.uncontrolled !== undefined;
    expect(controlled, `${id}: claim ${claim.id} has a control, or a reason why there can be none`).toBe(true);
    expect(citedIn(claim.source).rest, `${id}: source of claim ${claim.id}`).toEqual([]);
  }
}
