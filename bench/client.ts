// ssh-sync against a real server on loopback: requests, bytes and time.
import { randomBytes } from 'node:crypto';
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { besideNode } from './beside-node.ts';
import { startMeter, type Meter } from './meter.ts';
import { run, startServer } from './processes.ts';
import { remark, report } from './report.ts';

const FILES = 1000;
const FILE_BYTES = 3000;

/** Milliseconds after which a file's stamp is trusted: a younger one could hide a change. */
const SETTLED = 2_500;

export async function benchClient(dist: string, folder: string): Promise<void> {
  const port = 40_000 + (process.pid % 20_000);
  const origin = `http://127.0.0.1:${port}`;
  const words = ['--listen', '127.0.0.1:0', '--database', `sqlite:${join(folder, 'client.sqlite')}`];
  const server = await startServer(join(dist, 'ssh-sync-server'), [
    ...words,
    '--origin',
    origin,
    '--requests-per-minute',
    '100000',
    '--log-level',
    'warn',
  ]);
  const meter = await startMeter(server.url, port);
  try {
    await measureSyncs(join(dist, 'ssh-sync'), join(folder, 'machine'), meter);
  } finally {
    meter.stop();
    await server.stop();
  }
}

async function measureSyncs(program: string, home: string, meter: Meter): Promise<void> {
  const env = { ...process.env, HOME: home, SSH_SYNC_HOME: join(home, '.ssh-sync') };
  const sshSync = (...command: string[]): Promise<void> => run(program, command, env);
  fill(join(home, '.ssh'));
  await sshSync('setup', '--server', meter.url, '--username', 'bench', '--machine', 'bench');
  meter.take();

  const start = performance.now();
  await sshSync('sync');
  const seconds = (performance.now() - start) / 1000;
  const first = meter.take();
  report(
    `first upload of ${FILES} files of ${FILE_BYTES} bytes: requests in flight`,
    first.mostInFlight,
    'requests',
    4,
  );
  report('the same: time', seconds, 's', 5);
  remark('the same: sent', `${first.requests} requests, ${(first.sent / 1e6).toFixed(2)} MB`);

  // The first of these finds stamps that can be trusted, the second nothing to do: so it stays from then on.
  for (let round = 0; round < 2; round++) {
    await sleep(SETTLED);
    await sshSync('sync');
  }
  meter.take();
  await sshSync('sync');
  const quiet = meter.take();
  report(`sync of ${FILES} files without a change: requests`, quiet.requests, 'requests', 1);
  report('the same: received', quiet.received, 'bytes', 2048);

  await besideNode([
    { what: 'the same', run: () => sshSync('sync'), limit: 3 },
    {
      what: 'the same, when all is compared (once a day)',
      run: () => {
        for (const file of globSync(join(home, '.ssh-sync/folders/*.rest'))) rmSync(file);
        return sshSync('sync');
      },
    },
  ]);

  meter.take();
  writeFileSync(join(home, '.ssh', 'file-500'), randomBytes(FILE_BYTES));
  await sshSync('sync');
  const changed = meter.take();
  report('sync of one changed file: sent beside that file', changed.sent - FILE_BYTES, 'bytes', 65_536);
  remark('the same: requests, received', `${changed.requests}, ${changed.received} bytes`);
}

function fill(ssh: string): void {
  mkdirSync(ssh, { recursive: true, mode: 0o700 });
  for (let index = 0; index < FILES; index++)
    writeFileSync(join(ssh, `file-${index}`), randomBytes(FILE_BYTES));
}
