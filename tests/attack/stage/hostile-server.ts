// A qsshd whose workers obey a test (see hostile-qsshd.ts).
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import type { Order, Outcome } from './hostile-qsshd.ts';

export interface HostileServer {
  readonly pid: number;
  /** Has the keys `host`, `user` (who is authorised) and `stranger`. */
  readonly folder: string;
  /** Gives orders to one worker, and returns how they went. A worker that is cut off says nothing more. */
  command(orders: readonly Order[]): Promise<Outcome[]>;
  log(): string;
  /** Waits until the log has this in it. */
  logged(text: string): Promise<void>;
}

/** @param isNaive The workers keep the rights of the server, but for what the permission model took. */
export async function startHostile(isNaive: boolean, config: readonly string[] = []): Promise<HostileServer> {
  const folder = prepare(config);
  const child = spawn(
    process.execPath,
    [
      join(import.meta.dirname, 'hostile-qsshd.ts'),
      '-D',
      '-e',
      '-f',
      join(folder, 'config'),
      '--listen',
      '127.0.0.1:0',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, LANG: isNaive ? 'naive' : 'C' } },
  );
  after(() => child.kill());
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  const logged = async (text: string): Promise<void> => {
    while (!log.includes(text)) {
      if (child.exitCode !== null) throw new Error(log);
      await once(child.stderr, 'data');
    }
  };
  await logged('Server listening');
  const port = Number(/ port (\d+)/.exec(log)?.[1]);
  return { pid: child.pid ?? 0, folder, log: () => log, logged, command: (orders) => command(port, orders) };
}

function prepare(config: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'qsshd-worker-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  for (const name of ['host', 'user', 'stranger'])
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
  writeFileSync(join(folder, 'authorized_keys'), readFileSync(join(folder, 'user.pub')));
  const lines = [
    `HostKey ${folder}/host`,
    `AuthorizedKeysFile ${folder}/authorized_keys`,
    'StrictModes no',
    'PidFile none',
    'PermitRootLogin yes',
    'PerSourcePenalties no',
    'LogLevel DEBUG',
    ...config,
  ];
  writeFileSync(join(folder, 'config'), `${lines.join('\n')}\n`);
  return folder;
}

async function command(port: number, orders: readonly Order[]): Promise<Outcome[]> {
  const socket = connect(port, '127.0.0.1');
  socket.write(orders.map((order) => `${JSON.stringify(order)}\n`).join(''));
  const outcomes: Outcome[] = [];
  socket.on('error', () => undefined);
  for await (const line of createInterface(socket)) {
    outcomes.push(JSON.parse(line) as Outcome);
    if (outcomes.length === orders.length) break;
  }
  socket.destroy();
  return outcomes;
}
