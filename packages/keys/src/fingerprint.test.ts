import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { FormatError, Writer } from '@orrery/bytes';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { fingerprint } from './fingerprint.ts';
import { parsePublicKeyLine } from './public-key.ts';

const folder = new KeyFolder();
after(() => folder.remove());

test('fingerprint is what ssh-keygen -l prints, for keys and for certificates', () => {
  folder.generate('ca', 'ed25519');
  for (const [type, ...options] of [['ed25519'], ['rsa', '-b', '1024'], ['ecdsa'], ['dsa']] as const) {
    folder.generate(type, type, ...options);
    folder.run('-q', '-s', 'ca', '-h', '-I', 'id', '-n', 'host.example', `${type}.pub`);
    for (const name of [`${type}.pub`, `${type}-cert.pub`]) {
      const { blob } = parsePublicKeyLine(folder.text(name));
      assert.equal(fingerprint(blob, 'sha256'), folder.list(name, 'sha256').fingerprint);
      assert.equal(fingerprint(blob, 'md5'), folder.list(name, 'md5').fingerprint);
    }
  }
});

test('fingerprint hashes the blob of a key of unknown type', () => {
  const blob = new Writer().text('ssh-new').finish();
  assert.equal(fingerprint(blob, 'sha256'), 'SHA256:Em5au2D262AqCpSF2mktRbWqbBxAli4x5IrFn18jLnI');
  assert.equal(fingerprint(blob, 'md5'), 'MD5:c3:86:b1:8e:a3:e1:7b:dd:15:b0:8d:01:9b:cf:52:a8');
});

test('fingerprint throws FormatError for what is not a public key', () => {
  assert.throws(() => fingerprint(new Uint8Array(3), 'sha256'), FormatError);
});
