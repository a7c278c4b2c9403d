// npm run bench [client|server|start|ssh|keys]: what the programs cost, each figure beside its goal and, where one exists, its peer.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from '../tools/build.ts';
import { benchClient } from './client.ts';
import { benchKeys } from './keys/run.ts';
import { benchServer } from './server.ts';
import { benchStart } from './start.ts';
import { summarise } from './report.ts';
import { benchSsh } from './ssh/run.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist/bin');
const wanted = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'orrery-bench-'));

const benches: Readonly<Record<string, () => Promise<void>>> = {
  start: () => benchStart(dist),
  client: () => benchClient(dist, folder),
  server: () => benchServer(dist, folder),
  ssh: () => benchSsh(dist, folder),
  keys: () => benchKeys(dist, folder),
};

try {
  await build(root, join(root, 'dist'));
  for (const [name, bench] of Object.entries(benches)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    console.log(name);
    await bench();
  }
  summarise();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
