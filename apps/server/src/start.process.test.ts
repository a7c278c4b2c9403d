import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { runProgram, ServingProgram } from '../testing/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-server-'));
after(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;

/** Flags for a database of its own. */
function database(): readonly string[] {
  return ['--database', `sqlite:${join(folder, `${count++}.sqlite`)}`, '--log-level', 'error'];
}

/** What the program says before it ends with 1. */
async function failure(...args: readonly string[]): Promise<string> {
  const { code, output, errors } = await runProgram(args);
  assert.deepEqual([code, output], [1, '']);
  return errors;
}

test('ssh-sync-server says what to do about an address that it cannot have', async () => {
  const first = await ServingProgram.start(database());
  const taken = new URL(first.url).host;
  assert.equal(
    await failure('--listen', taken, ...database()),
    `ssh-sync-server: cannot listen on "${taken}": another program listens there\n` +
      'hint: is it another ssh-sync-server? stop it, or choose another port with --listen HOST:PORT\n',
  );
  await first.end('SIGTERM');
  assert.equal(
    await failure('--listen', '192.0.2.1:0', ...database()),
    'ssh-sync-server: cannot listen on "192.0.2.1:0": this machine does not have that address\n' +
      'hint: name one that it has with --listen HOST:PORT; 0.0.0.0 and [::] are all of them\n',
  );
});

test('ssh-sync-server says which folder of the database is missing, or that it is one', async () => {
  const missing = join(folder, 'no', 'where');
  assert.equal(
    await failure('--database', `sqlite:${missing}/db.sqlite`),
    `ssh-sync-server: cannot use database "${missing}/db.sqlite": there is no folder "${missing}"\n` +
      `hint: make it, for the user that this server runs as: mkdir -p -m 700 ${missing}\n`,
  );
  const standing = join(folder, 'standing');
  mkdirSync(standing);
  assert.equal(
    await failure('--database', `sqlite:${standing}`),
    `ssh-sync-server: cannot use database "${standing}": it is a folder\nhint: name a file in it\n`,
  );
});

test('ssh-sync-server backup says which folder or which database is missing', async () => {
  const [flag = '', name = ''] = database();
  const server = await ServingProgram.start([flag, name]);
  await server.end('SIGTERM');
  const missing = join(folder, "it's away");
  assert.equal(
    await failure('backup', join(missing, 'copy.sqlite'), flag, name),
    `ssh-sync-server: cannot write backup "${missing}/copy.sqlite": there is no folder "${missing}"\n` +
      `hint: make it, for the user that this server runs as: mkdir -p -m 700 '${folder}/it'\\''s away'\n`,
  );
  const nothing = join(folder, 'nothing.sqlite');
  assert.equal(
    await failure('backup', join(folder, 'copy.sqlite'), '--database', `sqlite:${nothing}`),
    `ssh-sync-server: cannot back up "${nothing}": there is no such file\n` +
      'hint: name the database of the server as its own --database does: --database sqlite:FILE\n',
  );
});
