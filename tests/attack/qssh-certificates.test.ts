// Servers that show qssh certificates which must not count. Each has the key in its certificate, and proves that.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, it } from 'node:test';
import {
  Krl,
  certificateAlgorithms,
  certificateOptionData,
  certificateSigner,
  formatKrl,
  signCertificate,
  type CertificateClaims,
  type KeySigner,
} from '@orrery/keys';
import { acceptLogin } from '@orrery/ssh';
import { claimsNow, isTakenNaively, lineOf, makeSigner, now } from './stage/certificates.ts';

const qssh = join(import.meta.dirname, '../../bin/qssh');
const folder = mkdtempSync(join(tmpdir(), 'qssh-certificates-'));
after(() => rmSync(folder, { recursive: true }));

const [host, ca, foreignCa] = [makeSigner(), makeSigner(), makeSigner()];
const weakCa = makeSigner('ecdsa-sha2-nistp256');
const claims = claimsNow(host, { type: 'host', keyId: 'a host', principals: ['a.example'] });

/** Whether qssh goes on to log in at a server that shows this, and what it says. */
function meet(shown: KeySigner, known: readonly string[], ...options: readonly string[]) {
  return meetByAddress(shown, known, 'HostKeyAlias=a.example', ...options);
}

/** The same at a port that is not 22. */
async function meetByAddress(shown: KeySigner, known: readonly string[], ...options: readonly string[]) {
  let isTrusted = false;
  const policy = () => {
    isTrusted = true;
    return [['password']];
  };
  const server = createServer((stream) => {
    const login = {
      hostKeys: [shown],
      algorithms: { hostKeys: shown.algorithms },
      authenticator: { policy },
    };
    acceptLogin(stream, login).catch(() => stream.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  writeFileSync(join(folder, 'known_hosts'), known.map((entry) => `${entry}\n`).join(''));
  const settings = [
    `UserKnownHostsFile=${join(folder, 'known_hosts')}`,
    'GlobalKnownHostsFile=none',
    'StrictHostKeyChecking=yes',
    'BatchMode=yes',
    ...options,
  ].flatMap((option) => ['-o', option]);
  const words = ['-F', 'none', '-p', String(address.port), ...settings, 'ann@127.0.0.1', 'true'];
  const env = { ...process.env, HOME: folder, SSH_AUTH_SOCK: '' };
  const child = spawn(qssh, words, { stdio: ['ignore', 'ignore', 'pipe'], env });
  const [said] = await Promise.all([text(child.stderr), once(child, 'close')]);
  server.close();
  return { isTrusted, said };
}

const authorities = [ca, weakCa].map((key) => `@cert-authority *.example ${lineOf(key)}`);

async function show(changed: Partial<CertificateClaims>, by = ca): Promise<KeySigner> {
  const { blob } = await signCertificate({ ...claims, ...changed }, by);
  assert.equal(isTakenNaively(blob, [ca, weakCa]), by !== foreignCa);
  return certificateSigner(host, blob);
}

const forgeries: readonly (readonly [string, Partial<CertificateClaims>, RegExp, KeySigner?])[] = [
  ['that of a user', { type: 'user' }, /one of a user/],
  ['one that has expired', { validBefore: now - 1n }, /it has expired/],
  ['one without principals', { principals: [] }, /no principals/],
  ['one of another host', { principals: ['b.example', 'a.example.net'] }, /not among its principals/],
  [
    'an option that nobody knows',
    { criticalOptions: new Map([['source-address', certificateOptionData('127.0.0.1')]]) },
    /critical option/,
  ],
  ['a signature of a kind that no CA may make', {}, /no signature of its CA/, weakCa],
  ['a CA that nobody knows', {}, /No \S+ host key is known/, foreignCa],
];

describe('a certificate shown to qssh', () => {
  for (const [name, changed, reason, by] of forgeries)
    it(`makes no host known: ${name}`, async () => {
      const shown = await show(changed, by);
      const { isTrusted, said } = await meet(shown, authorities, 'CASignatureAlgorithms=ssh-ed25519');
      assert.equal(isTrusted, false);
      assert.match(said, reason);
    });

  it('makes the host known that it names, by a pattern as well', async () => {
    assert.equal((await meet(await show({}), authorities)).isTrusted, true);
    assert.equal((await meet(await show({ principals: ['?.example'] }), authorities)).isTrusted, true);
  });

  it('makes no host known for which its CA does not speak, nor one whose CA stands there as a key', async () => {
    const shown = await show({});
    assert.equal((await meet(shown, [`@cert-authority b.example ${lineOf(ca)}`])).isTrusted, false);
    const asKey = [`a.example ${lineOf(ca)}`, `@cert-authority *.example ${lineOf(weakCa)}`];
    assert.equal((await meet(shown, asKey)).isTrusted, false);
  });

  it('does not make a CA of the key of the host', async () => {
    const own = await signCertificate(claims, host);
    const known = [`a.example ${lineOf(makeSigner())}`, ...authorities];
    assert.equal((await meet(certificateSigner(host, own.blob), known)).isTrusted, false);
  });

  it('makes no host known after its key or its CA was revoked', async () => {
    const shown = await show({});
    for (const key of [host, ca]) {
      const { isTrusted, said } = await meet(shown, [...authorities, `@revoked * ${lineOf(key)}`]);
      assert.equal(isTrusted, false);
      assert.match(said, /REVOKED HOST KEY DETECTED/);
    }
    const list = join(folder, 'revoked');
    const revoke = async (change: (krl: Krl) => void): Promise<boolean> => {
      const krl = new Krl();
      change(krl);
      writeFileSync(list, formatKrl(krl));
      return (await meet(shown, authorities, `RevokedHostKeys=${list}`)).isTrusted;
    };
    assert.equal(await revoke((krl) => krl.revokeSerials(ca.publicKey, 1n, 1n)), false);
    assert.equal(await revoke((krl) => krl.revokeKeyId(undefined, 'a host')), false);
    assert.equal(await revoke((krl) => krl.revokeKey(host.publicKey)), false);
    assert.equal(await revoke((krl) => krl.revokeKey(ca.publicKey)), false);
    assert.equal(await revoke((krl) => krl.revokeSerials(weakCa.publicKey, 1n, 1n)), true);
  });

  it('makes no host known after its key or its CA was revoked for all of its ports', async () => {
    const shown = await show({ principals: ['127.0.0.1'] });
    const known = [`@cert-authority 127.0.0.? ${lineOf(ca)}`];
    assert.equal((await meetByAddress(shown, known)).isTrusted, true);
    for (const key of [host, ca]) {
      const { isTrusted, said } = await meetByAddress(shown, [...known, `@revoked 127.0.0.? ${lineOf(key)}`]);
      assert.equal(isTrusted, false);
      assert.match(said, /REVOKED HOST KEY DETECTED/);
    }
  });

  it('makes no host known by a key alone, under the name of a certificate, nor the other way round', async () => {
    const bare = {
      ...certificateSigner(host, host.publicKey),
      algorithms: certificateAlgorithms.slice(2, 3),
    };
    assert.equal((await meet(bare, [`a.example ${lineOf(host)}`, ...authorities])).isTrusted, false);
    const { publicKey } = await show({});
    assert.equal((await meet({ ...host, publicKey }, authorities)).isTrusted, false);
  });

  it('makes no host known by a CA of another strength than RequirePQ demands', async () => {
    const strong = makeSigner('ssh-mldsa44-ed25519');
    const { blob } = await signCertificate({ ...claims, key: strong.publicKey }, ca);
    const shown = certificateSigner(strong, blob);
    assert.equal((await meet(shown, authorities)).isTrusted, true);
    assert.equal((await meet(shown, authorities, 'RequirePQ=host')).isTrusted, false);
  });
});
