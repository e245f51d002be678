/** The name a person probably meant: nearest by edit distance. */

/** Levenshtein distance: insertions, deletions and substitutions that turn `a` into `b`, case ignored. */
export function editDistance(a: string, b: string): number {
  const [s, t] = [a.toLowerCase(), b.toLowerCase()];
  let row = Array.from({ length: t.length + 1 }, (_, j) => j);
  for (let i = 1; i <= s.length; i++) {
    const next = [i];
    for (let j = 1; j <= t.length; j++) {
      next[j] = Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (s[i - 1] === t[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[t.length]!;
}

/** The name nearest to `name`, or `undefined` where nothing is near (more than half of it would have to change). */
export function nearestName(name: string, names: readonly string[]): string | undefined {
  let best: string | undefined;
  let distance = Infinity;
  for (const candidate of names) {
    const d = editDistance(name, candidate);
    if (d < distance) [best, distance] = [candidate, d];
  }
  return best !== undefined && distance <= Math.max(2, Math.ceil(best.length / 2)) ? best : undefined;
}

/** `did you mean "width"?` where a name is near, else the list of what there is. */
export function suggestion(name: string, names: readonly string[]): string {
  const near = nearestName(name, names);
  if (near !== undefined) return `did you mean ${JSON.stringify(near)}?`;
  return names.length > 0 ? `there is: ${names.join(', ')}` : 'there is none';
}
