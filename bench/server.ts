// ssh-sync-server on SQLite: CPU time of a head check, memory with many accounts.
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import {
  buildGenesis,
  createAccount,
  Device,
  hybridSuite,
  signToken,
  entryHash,
  type LedgerRecord,
} from '@orrery/vault';
import { cpuOf, memoryOf, startServer, type Server } from './processes.ts';
import { remark, report } from './report.ts';

const ACCOUNTS = 10_000;
const CHECKS = 4_000;
const IN_FLIGHT = 4;
const TARGET = '/v1/ledger?after=0';
const EMPTY = new Uint8Array();

interface Account {
  readonly device: Device;
  readonly username: string;
  readonly genesis: LedgerRecord;
}

export async function benchServer(dist: string, folder: string): Promise<void> {
  const limits = [
    '--max-accounts',
    '--new-accounts-per-hour',
    '--new-accounts-per-address',
    '--requests-per-minute',
  ];
  const server = await startServer(join(dist, 'ssh-sync-server'), [
    '--listen',
    '127.0.0.1:0',
    '--database',
    `sqlite:${join(folder, 'server.sqlite')}`,
    '--log-level',
    'warn',
    ...limits.flatMap((limit) => [limit, '1000000']),
  ]);
  try {
    const accounts = await fillServer(server);
    await checkHeads(server, accounts);
    const { now, peak } = memoryOf(server.pid);
    report(`memory with ${ACCOUNTS} accounts, after ${CHECKS} head checks of different ones`, now, 'MB', 200);
    remark('the same: at most', `${peak.toFixed(0)} MB`);
  } finally {
    await server.stop();
  }
}

/** Founds the accounts; one in ten is remembered for the checks. */
async function fillServer(server: Server): Promise<readonly Account[]> {
  const kept: Account[] = [];
  const found = async (index: number): Promise<void> => {
    const device = Device.generate(hybridSuite);
    const username = `user-${index}`;
    const genesis = await buildGenesis(device, username, 'machine', Math.floor(Date.now() / 1000));
    await createAccount(new URL(server.url), genesis, undefined);
    if (index % 10 === 0) kept.push({ device, username, genesis });
  };
  for (let index = 0; index < ACCOUNTS; index += IN_FLIGHT)
    await Promise.all(Array.from({ length: IN_FLIGHT }, (_, lane) => found(index + lane)));
  return kept;
}

async function checkHeads(server: Server, accounts: readonly Account[]): Promise<void> {
  const tokens = await Promise.all(
    Array.from({ length: CHECKS }, (_, index) => signCheck(server, accounts[index % accounts.length])),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });
  const before = cpuOf(server.pid);
  const lanes = Array.from({ length: IN_FLIGHT }, async () => {
    for (let token = tokens.pop(); token !== undefined; token = tokens.pop())
      await check(server, agent, token);
  });
  await Promise.all(lanes);
  report('server CPU time of an authenticated head check', (cpuOf(server.pid) - before) / CHECKS, 'ms', 0.7);
  agent.destroy();
}

function signCheck(server: Server, account: Account | undefined): Promise<string> {
  if (account === undefined) throw new Error('Cannot check heads: no account was made');
  const { device, username, genesis } = account;
  const caller = { origin: server.url, account: entryHash(genesis.entry), username, machine: 'machine' };
  return signToken(
    device,
    caller,
    { method: 'GET', target: TARGET, body: EMPTY },
    Math.floor(Date.now() / 1000),
  );
}

function check(server: Server, agent: Agent, token: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const options = { agent, headers: { authorization: `Bearer ${token}` } };
    request(new URL(TARGET, server.url), options, (answer) => {
      if (answer.statusCode !== 200)
        reject(new Error(`Cannot check head: the server answered ${answer.statusCode}`));
      answer.resume().on('end', resolve);
    })
      .on('error', reject)
      .end();
  });
}
