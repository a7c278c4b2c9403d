import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { utf8 } from '@orrery/bytes';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { sshsigMessage } from '../testing/sshsig.ts';
import { parseCertificate } from './certificate.ts';
import { parsePublicKeyLine } from './public-key.ts';
import { signatureNames, verifySignature } from './signature.ts';
import { parseSshsig } from './sshsig.ts';
import { verifyCertificate } from './verify-certificate.ts';

const folder = new KeyFolder();
after(() => folder.remove());

function vector(name: string): string {
  return readFileSync(join(import.meta.dirname, '../vectors', name), 'utf8');
}

for (const [name, type] of [
  ['ed25519-sk', 'sk-ssh-ed25519@openssh.com'],
  ['ecdsa-sk', 'sk-ecdsa-sha2-nistp256@openssh.com'],
] as const) {
  test(`a certificate that ssh-keygen signs for ${type} holds the key that verifies its signatures`, () => {
    folder.generate(`ca-${name}`, 'ed25519');
    writeFileSync(join(folder.path, `${name}.pub`), vector(`${name}.pub`));
    folder.run('-q', '-s', `ca-${name}`, '-I', 'id', '-n', 'alice', `${name}.pub`);
    const line = parsePublicKeyLine(folder.text(`${name}-cert.pub`));
    assert.equal(line.type, `${type.replace('@openssh.com', '')}-cert-v01@openssh.com`);
    const certificate = parseCertificate(line.blob);
    assert.equal(verifyCertificate(certificate, signatureNames), true);
    assert.deepEqual(certificate.key, parsePublicKeyLine(vector(`${name}.pub`)).blob);
    const { signature } = parseSshsig(vector(`${name}.sig`));
    const message = sshsigMessage(utf8('hello'));
    assert.equal(verifySignature(certificate.key, type, message, signature), true);
    assert.equal(verifySignature(line.blob, type, message, signature), false);
  });
}
