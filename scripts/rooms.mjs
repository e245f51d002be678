/** The map of ARCHITECTURE.md: each room with the rooms that it may use, as its table says. */
import { readFileSync } from 'node:fs';

/** @returns {{ room: string, uses: string[] }[]} rooms by their path; `all` in the table stands for every other room of the kind */
export function readRooms() {
  const text = readFileSync(new URL('../ARCHITECTURE.md', import.meta.url), 'utf8');
  const rows = [...text.matchAll(/^\| `((?:crates|src)\/[\w-]+)` +\|[^|]*\| ([^|]*)\|$/gm)].map(([, room, uses]) => ({
    room,
    uses: uses.trim(),
  }));
  if (rows.length < 20) throw new Error('ARCHITECTURE.md: expected a row for every room of the map');
  return rows.map(({ room, uses }) => ({ room, uses: listOf(room, uses, rows) }));
}

function listOf(room, uses, rows) {
  const kind = room.split('/')[0];
  if (uses === 'nothing') return [];
  if (uses === 'all')
    return rows.filter((row) => row.room !== room && row.room.startsWith(`${kind}/`)).map((row) => row.room);
  return uses.split(', ').map((name) => {
    const path = `${kind}/${name}`;
    if (!rows.some((row) => row.room === path))
      throw new Error(`ARCHITECTURE.md: ${room} uses ${name}, which has no row`);
    return path;
  });
}
