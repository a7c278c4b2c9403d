import { appendedCodec, foundCodec, ledgerPageCodec, verifyRecords, type LedgerRecord } from '@orrery/vault';
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { send } from '../testing/http.ts';
import { Machine, makeObject } from '../testing/machine.ts';
import { runProgram, ServingProgram } from '../testing/program.ts';
import { RawConnection } from '../testing/raw.ts';
import { temporaryFolder } from '../testing/test-server.ts';

/** The real clock, which a program of its own has. */
const clock = {
  get now() {
    return Math.floor(Date.now() / 1000);
  },
};

function databaseIn(folder: string): string[] {
  return ['--database', `sqlite:${join(folder, 'vault.sqlite')}`];
}

test('--help names every flag with its default, and --version the version', async () => {
  const help = await runProgram(['--help']);
  assert.equal(help.code, 0);
  for (const part of [
    '--listen <host:port>',
    '127.0.0.1:3000',
    '--max-accounts <n>',
    'default: 10000',
    'backup',
  ])
    assert.ok(help.output.includes(part), part);
  const backup = await runProgram(['backup', '--help']);
  for (const line of `${help.output}${backup.output}`.split('\n')) assert.ok(line.length <= 80, line);
  const version = await runProgram(['--version']);
  assert.deepEqual([version.code, version.errors], [0, '']);
  assert.match(version.output, /^\d+\.\d+\.\d+\n$/);
});

test('a wrong command line ends with code 2 and says why on standard error', async () => {
  for (const args of [
    ['--listen', 'x'],
    ['--no-such-flag'],
    ['no-such-command'],
    ['--max-rooms', '-1'],
    ['backup'],
  ]) {
    const { code, output, errors } = await runProgram(args);
    assert.deepEqual([code, output], [2, ''], args.join(' '));
    assert.match(errors, /^(ssh-sync-server: cannot use|error: )/);
  }
});

test('what cannot be done ends with code 1', async () => {
  const folder = temporaryFolder();
  const database = databaseIn(folder);
  const missing = await runProgram(['backup', join(folder, 'copy'), ...database]);
  assert.equal(missing.code, 1);
  assert.match(
    missing.errors,
    /^ssh-sync-server: cannot back up ".*vault\.sqlite": there is no such file\nhint: /,
  );
  const tls = await runProgram([...database, '--tls-cert', '/no/such/file', '--tls-key', '/no/such/file']);
  assert.equal(tls.code, 1);
  assert.match(
    tls.errors,
    /^ssh-sync-server: cannot use TLS certificate "\/no\/such\/file" with key .*\ncause: ENOENT/,
  );
});

test('the database is a private file in the state folder unless told otherwise', async () => {
  const state = temporaryFolder();
  const server = await ServingProgram.start([], [], { XDG_STATE_HOME: state });
  const folder = join(state, 'orrery', 'server');
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  assert.equal(statSync(join(folder, 'vault.sqlite')).mode & 0o777, 0o600);
  assert.equal(await server.end('SIGINT'), 0);
});

test('the program prints one line when it is ready, logs to standard error, and ends with 0 on a signal', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const folder = temporaryFolder();
    const server = await ServingProgram.start(databaseIn(folder));
    assert.match(server.output, /^listening on http:\/\/127\.0\.0\.1:\d+\n$/);
    await send(server.url);
    assert.equal(await server.end(signal), 0);
    assert.match(server.output, /^listening on [^\n]*\n$/);
    assert.match(server.errors, /"route":"\/","status":200/);
    assert.match(server.errors, new RegExp(`"signal":"${signal}"`));
    assert.deepEqual(
      readdirSync(folder).filter((name) => /-(wal|shm)$/.test(name)),
      [],
    );
  }
});

test('SIGTERM lets a request in flight end', async () => {
  const server = await ServingProgram.start(databaseIn(temporaryFolder()));
  const machine = await Machine.found({ url: server.url, clock });
  const body = new Uint8Array(4);
  const token = await machine.token('POST', '/v1/objects', body);
  const connection = await RawConnection.open(server.url);
  connection.sendHead('/v1/objects', 4, token, 'Expect: 100-continue');
  await connection.until(/100 Continue/);
  const ended = server.end('SIGTERM');
  connection.send('\0\0\0\0');
  assert.match(await connection.end(), /HTTP\/1\.1 204 /);
  assert.equal(await ended, 0);
});

test('a second server on the same database is refused', async () => {
  const database = databaseIn(temporaryFolder());
  const first = await ServingProgram.start(database);
  const second = await runProgram(['--listen', '127.0.0.1:0', ...database]);
  assert.equal(second.code, 1);
  assert.match(
    second.errors,
    /^ssh-sync-server: cannot use database ".*": another ssh-sync-server .*is working in/,
  );
  assert.equal(await first.end('SIGKILL'), 'SIGKILL');
  const third = await ServingProgram.start(database);
  assert.equal(await third.end('SIGTERM'), 0);
});

test('backup copies the database while the server runs', async () => {
  const folder = temporaryFolder();
  const server = await ServingProgram.start(databaseIn(folder));
  const machine = await Machine.found({ url: server.url, clock });
  await machine.addObjects(100_000);
  const copies = temporaryFolder();
  const copy = join(copies, 'vault.sqlite');
  const made = await runProgram(['backup', copy, ...databaseIn(folder)]);
  assert.deepEqual([made.code, made.output, made.errors], [0, '', '']);
  assert.equal(statSync(copy).mode & 0o777, 0o600);
  await machine.addObjects(10);
  assert.equal(await server.end('SIGTERM'), 0);
  assert.equal((await runProgram(['backup', copy, ...databaseIn(folder)])).code, 1);

  const restored = await ServingProgram.start(databaseIn(copies));
  const there = new Machine({ url: restored.url, clock }, machine.username, machine.name, machine.device);
  there.account = machine.account;
  assert.equal((await there.records()).length, 2);
  await restored.end('SIGTERM');
});

test('whatever was acknowledged before kill -9 is there afterwards, and nothing half', async () => {
  const database = databaseIn(temporaryFolder());
  let server = await ServingProgram.start(database);
  const machine = await Machine.found({ url: server.url, clock });
  for (let round = 0; round < 4; round += 1) {
    const acknowledged = await appendUntilKilled(server, machine, 5 + round * 3);
    server = await ServingProgram.start(database);
    const again = new Machine({ url: server.url, clock }, machine.username, machine.name, machine.device);
    again.account = machine.account;
    const records = await again.records();
    const { state } = verifyRecords(undefined, records);
    assert.ok(state.head.number >= acknowledged, `${state.head.number} of ${acknowledged}`);
    machine.state = state;
    const ids = [...state.live.keys()].map((id) => Uint8Array.fromHex(id));
    const found = await again.download(ids);
    assert.ok(found.read(foundCodec).every(({ bytes }) => bytes !== undefined));
    // What was uploaded and not committed can still be committed or sent again.
    again.state = state;
    await again.addObjects(10);
    machine.state = again.state;
  }
  assert.equal(await server.end('SIGTERM'), 0);
});

/** Appends as fast as it can and kills the server in the middle; the number of the newest entry acknowledged. */
async function appendUntilKilled(server: ServingProgram, machine: Machine, appends: number): Promise<number> {
  const client = new Machine({ url: server.url, clock }, machine.username, machine.name, machine.device);
  client.account = machine.account;
  client.state = machine.present;
  let acknowledged = machine.present.head.number;
  const ended = Promise.withResolvers<void>();
  try {
    for (let count = 0; ; count += 1) {
      const object = makeObject(1024);
      await client.uploadOwn([object]);
      const record: LedgerRecord = await client.commit([object.id]);
      if (count === appends) server.end('SIGKILL').then(() => ended.resolve(), ended.reject);
      (await client.append([record])).read(appendedCodec);
      client.follow([record]);
      acknowledged = client.present.head.number;
    }
  } catch {
    await ended.promise;
    return acknowledged;
  }
}

test('an append has reached the disk when it is acknowledged', async () => {
  const folder = temporaryFolder();
  const trace = join(folder, 'trace');
  const calls = ['-f', '-qq', '-y', '-e', 'trace=fdatasync,fsync,write,writev', '-s', '30', '-o', trace];
  const server = await ServingProgram.start(
    [...databaseIn(folder), '--log-level', 'silent'],
    ['strace', '-D', ...calls],
  );
  const machine = await Machine.found({ url: server.url, clock });
  const object = makeObject(10);
  await machine.uploadOwn([object]);
  const record = await machine.commit([object.id]);
  const before = readFileSync(trace, 'utf8').length;
  assert.equal((await machine.append([record])).status, 200);
  await server.end('SIGTERM');
  const lines = readFileSync(trace, 'utf8').slice(before).split('\n');
  const answered = lines.findIndex((line) => line.includes('HTTP/1.1 200'));
  const synced = lines.findLastIndex((line, index) => index < answered && /f(data)?sync\(.*-wal>/.test(line));
  assert.ok(synced >= 0 && answered > synced, lines.slice(0, 20).join('\n'));
});

test('a full disk is an error of that request alone, and what was acknowledged stays', async () => {
  const folder = temporaryFolder();
  const database = databaseIn(folder);
  const server = await ServingProgram.start(database);
  const machine = await Machine.found({ url: server.url, clock });
  await machine.addObjects(1000);
  assert.equal(await server.end('SIGTERM'), 0);

  const inject = [
    '-f',
    '-qq',
    '-e',
    'trace=pwrite64',
    '-e',
    'inject=pwrite64:error=ENOSPC:when=20+',
    '-o',
    join(folder, 'trace'),
  ];
  const full = await ServingProgram.start(database, ['strace', '-D', ...inject]);
  const client = new Machine({ url: full.url, clock }, machine.username, machine.name, machine.device);
  client.account = machine.account;
  client.state = machine.present;
  const answers = [];
  for (let count = 0; count < 6; count += 1) answers.push(await client.upload([makeObject(100_000)]));
  assert.equal(answers.at(-1)?.refusal, '500 internal');
  assert.deepEqual((await client.ledger(0)).read(ledgerPageCodec).head, machine.present.head);
  assert.match(full.errors, /disk is full/);
  await full.end('SIGKILL');

  const freed = await ServingProgram.start(database);
  const after = new Machine({ url: freed.url, clock }, machine.username, machine.name, machine.device);
  after.account = machine.account;
  after.state = machine.present;
  await after.addObjects(1000);
  assert.equal(await freed.end('SIGTERM'), 0);
});
