// What anybody may write into a certificate reaches the programs of qsshd only if a CA has signed it.
import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { certificateSigner, parseCertificate, signCertificate } from '@orrery/keys';
import { AuthenticationError, connect, publicKey } from '@orrery/ssh';
import { startQsshd } from '../interop/stage/qsshd.ts';
import { claimsNow, lineOf, makeSigner } from './stage/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'qsshd-principals-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const [ca, user] = [makeSigner(), makeSigner()];
const [asked, program, trusted] = [join(folder, 'asked'), join(folder, 'program'), join(folder, 'trusted')];
writeFileSync(program, `#!/bin/sh\nprintf '%s\\n' "$1" >> ${asked}\necho ops\n`, { mode: 0o755 });
writeFileSync(trusted, `${lineOf(ca)}\n`);

const server = await startQsshd(folder, [
  `TrustedUserCAKeys ${trusted}`,
  `AuthorizedPrincipalsCommand ${program} %i`,
  'AuthorizedPrincipalsCommandUser root',
]);

async function certificate(keyId: string): Promise<Uint8Array> {
  return (await signCertificate(claimsNow(user, { keyId, principals: ['ops'] }), ca)).blob;
}

/** As anybody makes it who knows the public key of the CA. */
async function forged(keyId: string): Promise<Uint8Array> {
  const blob = (await certificate(keyId)).slice();
  blob.fill(1, blob.length - 64);
  return blob;
}

/** Key ids that the program was asked about. */
function questions(): readonly string[] {
  appendFileSync(asked, '');
  return readFileSync(asked, 'utf8').trim().split('\n');
}

async function isIn(blob: Uint8Array): Promise<boolean> {
  try {
    const client = await connect(connectSocket(server.port, '127.0.0.1'), {
      user: 'root',
      checkHostKey: () => undefined,
      authentication: [publicKey(certificateSigner(user, blob), { isSure: true })],
    });
    client.close();
    return true;
  } catch (error) {
    if (error instanceof AuthenticationError) return false;
    throw error;
  }
}

describe('AuthorizedPrincipalsCommand of qsshd', () => {
  it('is not asked about a certificate that the CA has not signed', async () => {
    const blob = await forged('forged');
    // Whoever reads the certificate alone, and knows the CA, asks.
    assert.deepEqual(parseCertificate(blob).caKey, ca.publicKey);
    assert.equal(await isIn(blob), false);
    assert.equal(questions().includes('forged'), false);
  });

  it('is asked about one that it has signed', async () => {
    assert.equal(await isIn(await certificate('good')), true);
    assert.equal(questions().includes('good'), true);
  });
});
