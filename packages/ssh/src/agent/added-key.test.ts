import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Writer } from '@orrery/bytes';
import { parsePrivateKey, parsePublicKeyLine } from '@orrery/keys';
import { host, testKey } from '../../testing/agent.ts';
import { readAddedKey, writeAddedKey } from './added-key.ts';
import { isCertifiedHost } from './host-certificate.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-agent-'));
after(() => rmSync(folder, { recursive: true }));

function keygen(...words: readonly string[]): void {
  execFileSync('ssh-keygen', ['-q', ...words], { cwd: folder, stdio: 'pipe' });
}

function blobIn(name: string): Uint8Array {
  return parsePublicKeyLine(readFileSync(join(folder, name), 'utf8')).blob;
}

keygen('-t', 'ed25519', '-N', '', '-f', 'ca');

for (const type of ['ed25519', 'ecdsa', 'rsa']) {
  test(`readAddedKey reads what writeAddedKey writes: ${type}, alone and with a certificate`, () => {
    keygen('-t', type, '-N', '', '-C', 'mine', '-f', type);
    keygen('-s', 'ca', '-I', 'id', '-n', 'me', `${type}.pub`);
    const key = parsePrivateKey(readFileSync(join(folder, type)));
    for (const name of [`${type}.pub`, `${type}-cert.pub`]) {
      const writer = new Writer();
      writeAddedKey(writer, key, name.includes('-cert') ? blobIn(name) : undefined);
      const read = readAddedKey(writer.byte(7).finish());
      assert.deepEqual(read.key.publicKey, blobIn(name));
      assert.equal(read.key.comment, 'mine');
      assert.deepEqual(read.key.signer.publicKey, key.publicKey);
      assert.deepEqual(read.rest.rest(), Uint8Array.of(7));
    }
  });
}

test('readAddedKey refuses a certificate for another key', () => {
  keygen('-t', 'ed25519', '-N', '', '-f', 'other');
  keygen('-s', 'ca', '-I', 'id', '-n', 'me', 'other.pub');
  const writer = new Writer();
  writeAddedKey(writer, testKey(1), blobIn('other-cert.pub'));
  assert.throws(() => readAddedKey(writer.finish()), {
    message: 'Cannot read private key: its certificate is that of another',
  });
});

test('isCertifiedHost takes a valid certificate of the host by the authority, and no other', () => {
  const ca = blobIn('ca.pub');
  const certify = (name: string, ...words: readonly string[]): Uint8Array => {
    keygen('-t', 'ed25519', '-N', '', '-f', name);
    keygen('-s', 'ca', '-I', name, ...words, `${name}.pub`);
    return blobIn(`${name}-cert.pub`);
  };
  const good = certify('good', '-h', '-n', 'web,mail');
  assert.equal(isCertifiedHost(good, ca, 'web'), true);
  assert.equal(isCertifiedHost(good, ca, 'mail'), true);
  assert.equal(isCertifiedHost(good, ca, 'we'), false);
  assert.equal(isCertifiedHost(good, ca, '*'), false);
  assert.equal(isCertifiedHost(good, host(1).publicKey, 'web'), false);
  assert.equal(isCertifiedHost(blobIn('good.pub'), ca, 'web'), false);
  const forged = good.slice();
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  assert.equal(isCertifiedHost(forged, ca, 'web'), false);
  assert.equal(isCertifiedHost(certify('user', '-n', 'web'), ca, 'web'), false);
  assert.equal(isCertifiedHost(certify('nobody', '-h'), ca, 'web'), false);
  assert.equal(
    isCertifiedHost(certify('old', '-h', '-n', 'web', '-V', '20200101:20210101'), ca, 'web'),
    false,
  );
});
