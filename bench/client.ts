// ssh-sync against a real server on loopback: requests, bytes and time.
import { randomBytes } from 'node:crypto';
import { globSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { besideNode } from './beside-node.ts';
import { startMeter, type Meter } from './meter.ts';
import { run, startServer, type Server } from './processes.ts';
import { remark, report } from './report.ts';

const FILES = 1000;
const FILE_BYTES = 3000;

/** Milliseconds after which a file's stamp is trusted: a younger one could hide a change. */
const SETTLED = 2_500;

export async function benchClient(dist: string, folder: string): Promise<void> {
  const programs = { client: join(dist, 'ssh-sync'), server: join(dist, 'ssh-sync-server') };
  const port = 40_000 + (process.pid % 20_000);
  const server = await serve(programs.server, join(folder, 'counted.sqlite'), [
    '--origin',
    `http://127.0.0.1:${port}`,
  ]);
  const meter = await startMeter(server.url, port);
  try {
    await countSyncs(await setUp(programs.client, join(folder, 'counted'), meter.url), meter);
  } finally {
    meter.stop();
    await server.stop();
  }
  // What counts the bytes takes time: these go to the server itself.
  const bare = await serve(programs.server, join(folder, 'timed.sqlite'), []);
  try {
    await timeSyncs(await setUp(programs.client, join(folder, 'timed'), bare.url));
  } finally {
    await bare.stop();
  }
}

function serve(program: string, database: string, more: readonly string[]): Promise<Server> {
  const unlimited = ['--requests-per-minute', '100000', '--log-level', 'warn'];
  const words = ['--listen', '127.0.0.1:0', '--database', `sqlite:${database}`];
  return startServer(program, [...words, ...unlimited, ...more]);
}

/** A machine with an account and 1,000 files that were never synced. */
interface Machine {
  readonly home: string;
  readonly sync: () => Promise<void>;
}

async function setUp(program: string, home: string, url: string): Promise<Machine> {
  const env = { ...process.env, HOME: home, SSH_SYNC_HOME: join(home, '.ssh-sync') };
  fill(join(home, '.ssh'));
  await run(program, ['setup', '--server', url, '--username', 'bench', '--machine', 'bench'], env);
  return { home, sync: () => run(program, ['sync'], env) };
}

/** The first of these finds stamps that can be trusted, the second nothing to do: so it stays from then on. */
async function comeToRest(machine: Machine): Promise<void> {
  for (let round = 0; round < 2; round++) {
    await sleep(SETTLED);
    await machine.sync();
  }
}

async function countSyncs(machine: Machine, meter: Meter): Promise<void> {
  meter.take();
  const start = performance.now();
  await machine.sync();
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

  await comeToRest(machine);
  meter.take();
  await machine.sync();
  const quiet = meter.take();
  report(`sync of ${FILES} files without a change: requests`, quiet.requests, 'requests', 1);
  report('the same: received', quiet.received, 'bytes', 2048);

  writeFileSync(join(machine.home, '.ssh', 'file-500'), randomBytes(FILE_BYTES));
  await machine.sync();
  const changed = meter.take();
  report('sync of one changed file: sent beside that file', changed.sent - FILE_BYTES, 'bytes', 65_536);
  remark('the same: requests, received', `${changed.requests}, ${changed.received} bytes`);
}

async function timeSyncs(machine: Machine): Promise<void> {
  await machine.sync();
  await comeToRest(machine);
  await besideNode([
    { what: `sync of ${FILES} files without a change`, run: machine.sync, limit: 3 },
    {
      what: 'the same, when all is compared (once a day)',
      run: () => {
        for (const file of globSync(join(machine.home, '.ssh-sync/folders/*.rest'))) rmSync(file);
        return machine.sync();
      },
    },
  ]);
}

function fill(ssh: string): void {
  mkdirSync(ssh, { recursive: true, mode: 0o700 });
  for (let index = 0; index < FILES; index++)
    writeFileSync(join(ssh, `file-${index}`), randomBytes(FILE_BYTES));
}
