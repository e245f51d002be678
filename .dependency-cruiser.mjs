/** Imports of `src` against the map of ARCHITECTURE.md: no circles, and no room uses what its row does not name. */
import { readRooms } from './scripts/rooms.mjs';

const rooms = readRooms().filter(({ room }) => room.startsWith('src/'));

export default {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'every-room-is-on-the-map',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: rooms.map(({ room }) => `^${room}/`) },
      to: {},
    },
    ...rooms.map(({ room, uses }) => ({
      name: `${room.slice('src/'.length)}-uses-what-its-row-says`,
      severity: 'error',
      from: { path: `^${room}/` },
      to: { path: '^src/', pathNot: [...[room, ...uses].map((path) => `^${path}/`), '^src/bibliography[.]ts$'] },
    })),
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
  },
};
