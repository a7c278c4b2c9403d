// A server that has another key than the one that is known, and would like to have a password.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import { generatePrivateKey, parsePublicKeyBlob, printPublicKeyLine } from '@orrery/keys';
import { connect, password } from '@orrery/ssh';
import { startPasswordServer, type PasswordServer } from '../interop/stage/password-server.ts';

const qssh = join(import.meta.dirname, '../../bin/qssh');
const folder = mkdtempSync(join(tmpdir(), 'qssh-imposter-'));
after(() => rmSync(folder, { recursive: true }));
const [knownHosts, ask] = [join(folder, 'known_hosts'), join(folder, 'ask')];
writeFileSync(ask, '#!/bin/sh\necho right\n');
chmodSync(ask, 0o700);
const known = printPublicKeyLine(parsePublicKeyBlob(generatePrivateKey('ssh-ed25519', '').publicKey));
const imposter = await startPasswordServer([['password']]);
after(() => imposter.stop());

interface Ended {
  readonly code: number;
  readonly said: string;
  readonly tries: readonly string[];
}

/** Logs in with the right password, if it is asked for. @param line What stands in known_hosts. */
async function logIn(server: PasswordServer, line: string, ...options: readonly string[]): Promise<Ended> {
  writeFileSync(knownHosts, `${line}\n`);
  const words = ['-F', 'none', '-p', String(server.port), '-o', `UserKnownHostsFile=${knownHosts}`];
  const more = ['GlobalKnownHostsFile=none', 'PubkeyAuthentication=no', ...options];
  const former = server.tries.length;
  const child = spawn(
    qssh,
    [...words, ...more.flatMap((option) => ['-o', option]), 'ann@127.0.0.1', 'true'],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, HOME: folder, SSH_ASKPASS: ask, SSH_ASKPASS_REQUIRE: 'force' },
    },
  );
  const closed = once(child, 'close');
  const said = await text(child.stderr);
  await closed;
  return { code: child.exitCode ?? -1, said, tries: server.tries.slice(former) };
}

const place = `[127.0.0.1]:${imposter.port}`;

describe('a server with another key than the one that is known', () => {
  it('gets the password from a naive client, which looks at no key', async () => {
    const client = await connect(dial(imposter.port, '127.0.0.1'), {
      user: 'ann',
      checkHostKey: () => undefined,
      authentication: [password(async () => Buffer.from('right'))],
    });
    client.close();
    assert.deepEqual(imposter.tries, ['password right']);
  });

  it('is refused by qssh, gets no password, and changes nothing of what is known', async () => {
    const { code, said, tries } = await logIn(imposter, `${place} ${known}`);
    assert.equal(code, 255);
    assert.match(said, /REMOTE HOST IDENTIFICATION HAS CHANGED/);
    assert.deepEqual(tries, []);
    assert.equal(readFileSync(knownHosts, 'utf8'), `${place} ${known}\n`);
  });

  it('gets no password where the key does not matter, either', async () => {
    const { code, said, tries } = await logIn(imposter, `${place} ${known}`, 'StrictHostKeyChecking=no');
    assert.equal(code, 255);
    assert.match(said, /Passwords are not sent to this host/);
    assert.deepEqual(tries, []);
    assert.equal(readFileSync(knownHosts, 'utf8'), `${place} ${known}\n`);
  });

  it('is refused where new keys are taken', async () => {
    const { code, tries } = await logIn(imposter, `${place} ${known}`, 'StrictHostKeyChecking=accept-new');
    assert.equal(code, 255);
    assert.deepEqual(tries, []);
  });

  it('is refused where no key is known and none may be new', async () => {
    const { code, said, tries } = await logIn(imposter, '', 'StrictHostKeyChecking=yes');
    assert.equal(code, 255);
    assert.match(said, /Host key verification failed|No ED25519 host key is known/);
    assert.deepEqual(tries, []);
  });

  it('is refused with a key that was revoked, whatever else is said', async () => {
    const first = await logIn(imposter, '', 'StrictHostKeyChecking=accept-new');
    assert.equal(first.code, 0);
    const [, ...key] = readFileSync(knownHosts, 'utf8').trim().split('\n').at(-1)?.split(' ') ?? [];
    const revoked = `${place} ${key.join(' ')}\n@revoked * ${key.join(' ')}`;
    const { code, said, tries } = await logIn(imposter, revoked, 'StrictHostKeyChecking=no');
    assert.equal(code, 255);
    assert.match(said, /REVOKED/);
    assert.deepEqual(tries, []);
  });
});
