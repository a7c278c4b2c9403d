// Certificates that must not let anybody in, shown to qsshd one after the other; each has a good signature of its key.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import {
  Krl,
  certificateOptionData,
  certificateSigner,
  formatKrl,
  signCertificate,
  type CertificateClaims,
  type KeySigner,
} from '@orrery/keys';
import { AuthenticationError, connect, publicKey, type Client } from '@orrery/ssh';
import { startQsshd } from '../interop/stage/qsshd.ts';
import { claimsNow, isTakenNaively, lineOf, makeSigner, now } from './stage/certificates.ts';

const folder = mkdtempSync(join(tmpdir(), 'qsshd-certificates-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const [user, revokedUser] = [makeSigner(), makeSigner()];
const [ca, deadCa, othersCa, foreignCa] = [makeSigner(), makeSigner(), makeSigner(), makeSigner()];
const weakCa = makeSigner('ecdsa-sha2-nistp256');

const krl = new Krl();
krl.revokeKey(revokedUser.publicKey);
krl.revokeKey(deadCa.publicKey);
krl.revokeSerials(ca.publicKey, 13n, 13n);
krl.revokeKeyId(undefined, 'a lost one');
writeFileSync(join(folder, 'revoked'), formatKrl(krl));
writeFileSync(join(folder, 'trusted'), [ca, deadCa, weakCa].map((key) => `${lineOf(key)}\n`).join(''));
writeFileSync(join(folder, 'keys_daemon'), `cert-authority ${lineOf(othersCa)}\n`);

const server = await startQsshd(folder, [
  `TrustedUserCAKeys ${folder}/trusted`,
  `RevokedKeys ${folder}/revoked`,
  `AuthorizedKeysFile ${folder}/keys_%u`,
  'CASignatureAlgorithms ssh-ed25519',
  'MaxAuthTries 100',
]);

const claims = claimsNow(user, { keyId: 'good', principals: ['root'] });

interface Forgery {
  readonly name: string;
  readonly changed: Partial<CertificateClaims>;
  readonly by?: KeySigner;
  /** Whose key signs for the login. */
  readonly key?: KeySigner;
}

const option = (name: string, value: string): Partial<CertificateClaims> => ({
  criticalOptions: new Map([[name, certificateOptionData(value)]]),
});

const forgeries: readonly Forgery[] = [
  { name: 'that of a host', changed: { type: 'host' } },
  { name: 'one that has expired', changed: { validBefore: now - 1n } },
  { name: 'one that is not yet valid', changed: { validAfter: now + 1000n } },
  { name: 'one without principals', changed: { principals: [] } },
  { name: 'one with patterns', changed: { principals: ['*', 'roo?', 'root,daemon', '!daemon'] } },
  { name: 'one of another user', changed: { principals: ['daemon'] } },
  { name: 'an option that nobody knows', changed: option('new@example', '') },
  { name: 'another address', changed: option('source-address', '10.0.0.0/8') },
  { name: 'addresses that are none', changed: option('source-address', '127.0.0.1/8') },
  { name: 'a revoked serial number', changed: { serial: 13n } },
  { name: 'a revoked key id', changed: { keyId: 'a lost one' } },
  { name: 'a revoked key', changed: { key: revokedUser.publicKey }, key: revokedUser },
  { name: 'a revoked CA', changed: {}, by: deadCa },
  { name: 'a CA that another user trusts', changed: {}, by: othersCa },
  { name: 'a CA that nobody trusts', changed: {}, by: foreignCa },
  { name: 'a signature of a kind that no CA may make', changed: {}, by: weakCa },
];

/** One connection, in which each of them signs. */
function logIn(signers: readonly KeySigner[]): Promise<Client> {
  const socket = connectSocket(server.port, '127.0.0.1');
  return connect(socket, {
    user: 'root',
    checkHostKey: () => undefined,
    authentication: signers.map((signer) => publicKey(signer, { isSure: true })),
  });
}

/** Whether any of them gets in. */
async function isIn(...signers: readonly KeySigner[]): Promise<boolean> {
  try {
    (await logIn(signers)).close();
    return true;
  } catch (error) {
    if (error instanceof AuthenticationError) return false;
    throw error;
  }
}

/** Takes what a CA signed that anybody here trusts. */
function naive(blob: Uint8Array): boolean {
  return isTakenNaively(blob, [ca, deadCa, weakCa, othersCa]);
}

describe('a certificate shown to qsshd', () => {
  it(`lets nobody in: ${forgeries.map(({ name }) => name).join(', ')}`, async () => {
    const signers = forgeries.map(async ({ changed, by = ca, key = user }) => {
      const { blob } = await signCertificate({ ...claims, ...changed }, by);
      assert.equal(naive(blob), by !== foreignCa);
      return certificateSigner(key, blob);
    });
    assert.equal(await isIn(...(await Promise.all(signers))), false, server.log());
    // None was left out.
    await server.logged(new RegExp(`(?:Failed publickey for root[^]*){${forgeries.length}}`));
  });

  it('lets in whom it is for', async () => {
    const { blob } = await signCertificate(claims, ca);
    assert.equal(await isIn(certificateSigner(user, blob)), true);
  });

  it('lets nobody in who has another key', async () => {
    const { blob } = await signCertificate(claims, ca);
    assert.equal(naive(blob), true);
    assert.equal(await isIn(certificateSigner(makeSigner(), blob)), false);
  });

  it('lets nobody in under the name of its key', async () => {
    const { blob } = await signCertificate(claims, ca);
    assert.equal(naive(blob), true);
    assert.equal(await isIn({ ...user, publicKey: blob }), false);
  });

  it('lets nobody in after any part of it was changed', async () => {
    const { blob, nonce, signature } = await signCertificate(claims, ca);
    const forged = [nonce, signature].map((part) => {
      const bytes = blob.slice();
      const at = part.byteOffset - blob.byteOffset + part.length - 1;
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      return certificateSigner(user, bytes);
    });
    assert.equal(await isIn(...forged), false);
  });

  it('writes no line of its own into the log', async () => {
    const keyId = 'x\r\nAccepted password for root';
    const { blob } = await signCertificate({ ...claims, keyId }, ca);
    assert.equal(await isIn(certificateSigner(user, blob)), true);
    await server.logged('ID x');
    assert.doesNotMatch(server.log(), /^Accepted password/m);
  });
});
