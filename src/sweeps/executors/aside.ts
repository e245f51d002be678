/**
 * What cannot be read is set aside, so that it is in nobody's way: jobs by whoever meets them, in a list of the server;
 * results, and what that list holds, by the sweep's command, in the folder `aside/` of the sweep.
 */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { makeFolder, writeWhole } from '../../core/files.js';

/** Something that could not be read. */
export interface Aside {
  what: 'job' | 'result';
  why: string;
  /** As it came, its beginning where it is long. */
  text: string;
}

const longest = 65_536;
/** What is kept of each kind: enough to find the cause, too little to fill a disk. */
const most = 1000;
const expireAfter = 30 * 86_400;

const asideKey = (queue: string): string => `fprinciple:aside:${queue}`;

/** Puts it into the server's list of this queue. */
export async function setAsideInQueue(client: Redis, queue: string, { what, why, text }: Aside): Promise<void> {
  const key = asideKey(queue);
  const entry = JSON.stringify({ what, why, text: text.slice(0, longest) });
  await client.multi().rpush(key, entry).ltrim(key, -most, -1).expire(key, expireAfter).exec();
}

/** Takes up to a hundred from the server's list. */
export async function takeAside(client: Redis, queue: string): Promise<Aside[]> {
  const texts = (await client.lpop(asideKey(queue), 100).catch(() => null)) ?? [];
  return texts.map((text) => {
    try {
      const { what, why, text: content } = JSON.parse(text) as Aside;
      return { what: what === 'result' ? what : 'job', why: String(why), text: String(content) };
    } catch {
      return { what: 'job', why: 'it is not JSON', text };
    }
  });
}

/** Keeps it in the sweep's folder; the same thing once. */
export async function setAsideInFolder(folder: string, { what, why, text }: Aside): Promise<void> {
  const at = join(folder, 'aside');
  await makeFolder(at);
  if ((await countAside(folder)) >= most) return;
  const name = createHash('sha256').update(text).digest('hex').slice(0, 24);
  const when = new Date().toISOString();
  await writeWhole(
    join(at, `${what}-${name}.json`),
    `${JSON.stringify({ what, why, when, text: text.slice(0, longest) })}\n`,
  );
}

/** How many things were set aside in a sweep's folder. */
export const countAside = async (folder: string): Promise<number> =>
  (await readdir(join(folder, 'aside')).catch(() => [])).filter((name) => name.endsWith('.json')).length;

/** Parts of a job that BullMQ reads as JSON. */
const parts = ['data', 'opts', 'progress', 'parent'];

/** Takes jobs out of the queue that BullMQ itself cannot read: it would give them out for ever. Gives how many. */
export async function setAsideUnreadable(client: Redis, queue: string): Promise<number> {
  const key = (name: string): string => `bull:${queue}:${name}`;
  const lists = ['active', 'wait', 'paused'].map(key);
  const sets = ['delayed', 'prioritized'].map(key);
  const ids = new Set<string>();
  for (const list of lists) for (const id of await client.lrange(list, 0, -1)) ids.add(id);
  for (const set of sets) for (const id of await client.zrange(set, 0, -1)) ids.add(id);
  let found = 0;
  for (const id of ids) {
    const why = await unreadable(client, key(id));
    if (why === undefined) continue;
    const text = await client.hget(key(id), 'data').catch(() => client.get(key(id)).catch(() => null));
    await setAsideInQueue(client, queue, { what: 'job', why, text: text ?? '' });
    const away = client.multi().del(key(id), `${key(id)}:lock`);
    for (const list of lists) away.lrem(list, 0, id);
    for (const set of sets) away.zrem(set, id);
    await away.exec();
    found++;
  }
  return found;
}

async function unreadable(client: Redis, key: string): Promise<string | undefined> {
  const values = await client.hmget(key, ...parts).catch(() => undefined);
  if (values === undefined) return 'it is no job of the queue';
  for (const [i, text] of values.entries()) {
    if (text === null || text === '') continue;
    try {
      JSON.parse(text);
    } catch (cause) {
      return `its ${parts[i]} cannot be decoded: ${(cause as Error).message}`;
    }
  }
  return undefined;
}
