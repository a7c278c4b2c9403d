// Signatures of files that were made for something else, or by somebody else than they say.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FormatError, Reader, Writer, utf8 } from '@orrery/bytes';
import { sha512 } from '@orrery/crypto';
import {
  type CertificateClaims,
  type KeySigner,
  type Sshsig,
  findPrincipals,
  isAllowedSigner,
  keySigner,
  parseAllowedSigners,
  parseSshsig,
  printPublicKeyLine,
  printSshsig,
  signCertificate,
  signSshsig,
  verifySignature,
  verifySshsig,
} from '@orrery/keys';
import { claimsOf } from '../../packages/keys/testing/claims.ts';

const NOW = Date.UTC(2030, 0, 1);
const message = utf8('pay 5');
const alice = keySigner('ssh-ed25519', new Uint8Array(32).fill(1));
const mallory = keySigner('ssh-ed25519', new Uint8Array(32).fill(2));
const ca = keySigner('ssh-ed25519', new Uint8Array(32).fill(3));

const line = (signer: KeySigner): string =>
  printPublicKeyLine({ type: 'ssh-ed25519', blob: signer.publicKey });

/** Whether the signature counts as one of alice. */
function counts(sshsig: Sshsig, allowed: string, namespace = 'file', signed = message): boolean {
  const { signers } = parseAllowedSigners(allowed);
  return verifySshsig(sshsig, namespace, signed) && isAllowedSigner(signers, sshsig, 'alice', NOW);
}

/** Verifies what the key signed, as its text says, and asks whether the key is known. */
function naiveCounts(sshsig: Sshsig, allowed: string, signed = message): boolean {
  const data = new Writer().text('SSHSIG').text(sshsig.namespace).text('').text(sshsig.hash);
  const bytes = data.string(sha512(signed)).finish().subarray(4);
  const algorithm = new Reader(sshsig.signature).text(64);
  return (
    allowed.includes(sshsig.publicKey.toBase64()) &&
    verifySignature(sshsig.publicKey, algorithm, bytes, sshsig.signature)
  );
}

async function certified(claims: Partial<CertificateClaims>): Promise<Sshsig> {
  const { blob } = await signCertificate(claimsOf(mallory.publicKey, claims), ca);
  return signSshsig(mallory, message, { namespace: 'file', certificate: blob });
}

describe('a signature of a file', () => {
  const allowed = `alice ${line(alice)}`;

  it('for one namespace does not count in another', async () => {
    const sshsig = await signSshsig(alice, message, { namespace: 'git' });
    assert.equal(naiveCounts(sshsig, allowed), true);
    assert.equal(counts(sshsig, allowed, 'git'), true);
    assert.equal(counts(sshsig, allowed, 'file'), false);
    assert.equal(counts({ ...sshsig, namespace: 'file' }, allowed, 'file'), false);
    assert.equal(counts(sshsig, `alice namespaces="file" ${line(alice)}`, 'git'), false);
    assert.equal(counts({ ...sshsig, namespace: '' }, allowed, ''), false);
    assert.equal(naiveCounts(sshsig, `alice namespaces="file" ${line(alice)}`), true);
  });

  it('is none of what a key signs to log in, nor of the bare file', async () => {
    const namespace = 'file';
    for (const signed of [message, sha512(message)]) {
      const signature = await alice.sign(signed, 'ssh-ed25519');
      // What forgets the frame takes it.
      assert.equal(verifySignature(alice.publicKey, 'ssh-ed25519', signed, signature), true);
      const sshsig = { publicKey: alice.publicKey, namespace, hash: 'sha512', signature } as const;
      assert.equal(counts(sshsig, allowed), false);
    }
  });

  it('over one hash does not count over another', async () => {
    const sshsig = await signSshsig(alice, message, { namespace: 'file', hash: 'sha256' });
    assert.equal(counts(sshsig, allowed), true);
    assert.equal(counts({ ...sshsig, hash: 'sha512' }, allowed), false);
    assert.equal(verifySshsig(sshsig, 'file', { digest: sha512(message) }), false);
  });

  it('by a key that only shows the key of another does not count', async () => {
    const sshsig = await signSshsig(mallory, message, { namespace: 'file' });
    assert.equal(counts({ ...sshsig, publicKey: alice.publicKey }, allowed), false);
    assert.equal(counts(sshsig, allowed), false);
    assert.equal(counts(sshsig, `${allowed}\nmallory ${line(mallory)}`), false);
    assert.equal(naiveCounts(sshsig, `${allowed}\nmallory ${line(mallory)}`), true);
  });

  it('by a certificate counts only for its CA, its type, its time and its principals', async () => {
    const byCa = `alice cert-authority ${line(ca)}`;
    assert.equal(counts(await certified({}), byCa), true);
    assert.equal(counts(await certified({}), `alice ${line(ca)}`), false);
    assert.equal(counts(await certified({}), `alice ${line(mallory)}`), false);
    for (const claims of [
      { type: 'host' },
      { principals: [] },
      { principals: ['mallory'] },
      { principals: ['*'] },
      { principals: ['alice,mallory'] },
      { validBefore: BigInt(NOW / 1000) },
      { validAfter: BigInt(NOW / 1000) + 1n },
      { criticalOptions: new Map([['only-for@example', new Uint8Array()]]) },
    ] as const) {
      const sshsig = await certified(claims);
      // It is a right signature by a right certificate of the CA.
      assert.equal(verifySshsig(sshsig, 'file', message), true);
      assert.equal(counts(sshsig, byCa), false, Object.keys(claims).join());
      assert.deepEqual(
        findPrincipals(parseAllowedSigners(byCa).signers, sshsig, NOW),
        [],
        Object.keys(claims).join(),
      );
    }
  });

  it('by a CA in place of a certificate does not count', async () => {
    const sshsig = await signSshsig(ca, message, { namespace: 'file' });
    assert.equal(counts(sshsig, `alice cert-authority ${line(ca)}`), false);
    assert.equal(naiveCounts(sshsig, `alice cert-authority ${line(ca)}`), true);
  });

  it('with any byte changed is none, or no signature of the file', async () => {
    const sshsig = await signSshsig(alice, message, { namespace: 'file' });
    const lines = printSshsig(sshsig).split('\n');
    const bytes = Uint8Array.fromBase64(lines.slice(1, -2).join(''));
    const accepted: number[] = [];
    for (const at of bytes.keys()) {
      const changed = bytes.slice();
      changed[at] = (changed[at] ?? 0) ^ 1;
      const text = [lines[0], changed.toBase64(), ...lines.slice(-2)].join('\n');
      try {
        if (verifySshsig(parseSshsig(text), 'file', message)) accepted.push(at);
      } catch (error) {
        assert.equal(error instanceof Error && error.name, 'FormatError');
      }
    }
    assert.deepEqual(accepted, []);
    const longer = [lines[0], Uint8Array.of(...bytes, 0).toBase64(), ...lines.slice(-2)].join('\n');
    assert.throws(() => parseSshsig(longer), FormatError);
  });
});
