// Host certificates that are not to be shown, and what a worker or a session process that is taken over asks the signer to
// sign in their name.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { encode, equal, Reader, Writer } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import {
  parsePrivateKey,
  parsePublicKeyBlob,
  parsePublicKeyLine,
  verifySignature,
  type KeySigner,
} from '@orrery/keys';
import { HashGate } from '../../apps/qssh/src/qsshd/signer/hash-gate.ts';
import { loadHostKeys } from '../../apps/qssh/src/qsshd/signer/host-keys.ts';
import { signFor } from '../../apps/qssh/src/qsshd/signer/sign-for.ts';
import { question } from '../../apps/qssh/src/qsshd/protocol.ts';
import { QSSHD } from '../interop/stage/qsshd.ts';
import { startHostile } from './stage/hostile-server.ts';
import type { Order } from './stage/hostile-qsshd.ts';

const folder = mkdtempSync(join(tmpdir(), 'qsshd-host-keys-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const path = (name: string): string => join(folder, name);

/** Of ECDSA, so that none that the stage makes is the first of its type. */
for (const name of ['own', 'stranger', 'ca', 'foreign_ca'])
  execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-C', '', '-f', path(name)]);

/** Makes `NAME-cert.pub`. */
function certify(name: string, key: string, ca: string, ...words: readonly string[]): void {
  copyFileSync(path(`${key}.pub`), path(`${name}.pub`));
  execFileSync('ssh-keygen', ['-q', '-s', path(ca), '-I', name, ...words, path(`${name}.pub`)]);
}
certify('shown', 'own', 'ca', '-h', '-n', 'a.example');
certify('former', 'own', 'ca', '-h', '-n', 'a.example,former.example');
certify('foreign', 'own', 'foreign_ca', '-h', '-n', 'a.example');
certify('others', 'stranger', 'ca', '-h', '-n', 'a.example');
certify('users', 'own', 'ca', '-n', 'root');

const certified = (name: string): Uint8Array =>
  parsePublicKeyLine(readFileSync(path(`${name}-cert.pub`), 'utf8')).blob;
const own: KeySigner = parsePrivateKey(readFileSync(path('own'))).signer();
const plain = 'ecdsa-sha2-nistp256';
const algorithm = `${plain}-cert-v01@openssh.com`;
const lines = [`HostKey ${path('own')}`, `HostCertificate ${path('shown-cert.pub')}`];

/** What is hashed for an exchange with a host that shows this. */
function exchange(fill: number, shown: Uint8Array): Uint8Array {
  const lists = Uint8Array.of(20, fill);
  const writer = new Writer().text('SSH-2.0-a').text('SSH-2.0-b').string(lists).string(lists);
  return writer.string(shown).string(lists).string(lists).string(lists).finish();
}

const sign = (fill: number, shown: Uint8Array, by: string): Order => {
  const asked = { kind: 'sign', algorithm: by, input: exchange(fill, shown), hashLength: 32 } as const;
  return { kind: 'ask', question: encode(question, asked).toBase64() };
};

describe('a worker that is taken over', () => {
  it('has nothing signed but exchanges that show the configured certificate, or the plain key', async () => {
    const server = await startHostile(false, lines);
    const outcomes = await server.command([
      sign(1, certified('shown'), algorithm),
      sign(2, own.publicKey, plain),
      sign(3, certified('former'), algorithm),
      sign(4, certified('foreign'), algorithm),
      sign(5, certified('others'), algorithm),
      sign(6, certified('users'), algorithm),
      sign(7, own.publicKey, algorithm),
      sign(8, certified('shown'), plain),
      sign(9, certified('shown').subarray(1), algorithm),
      sign(1, certified('shown'), algorithm),
    ]);
    assert.deepEqual(
      outcomes.map(({ done }) => done),
      ['signature', 'signature', ...Array.from({ length: 8 }, () => 'refused')],
    );
  });
});

describe('a naive signer, which signs for every certificate of its key', () => {
  it('passes for the hosts in one that was taken back', async () => {
    const naive = async (input: Uint8Array): Promise<Uint8Array> => {
      const reader = new Reader(input);
      for (let left = 4; left > 0; left -= 1) reader.string(1000);
      const { certifiedKey } = parsePublicKeyBlob(reader.string(1000));
      const isOwn = certifiedKey !== undefined && equal(certifiedKey, own.publicKey);
      return isOwn ? own.sign(sha256(input), plain) : new Uint8Array();
    };
    const input = exchange(3, certified('former'));
    assert.equal(verifySignature(own.publicKey, plain, sha256(input), await naive(input)), true);
  });
});

describe('a session process that is taken over', () => {
  const proofOf = (shown: Uint8Array): Uint8Array =>
    new Writer().text('hostkeys-prove-00@openssh.com').string(new Uint8Array(32)).string(shown).finish();

  it('has plain keys proven, and no certificate', async () => {
    const told: string[] = [];
    const warn = (text: string): void => void told.push(text);
    const files = { hostKeys: [path('own')], hostCertificates: [path('shown-cert.pub')] };
    const keys = { hostKeys: await loadHostKeys(files, undefined, warn), gate: new HashGate(), warn };
    const prove = async (shown: Uint8Array, by: string): Promise<boolean> =>
      (await signFor({ kind: 'proof', algorithm: by, message: proofOf(shown) }, keys)).length > 0;
    assert.equal(await prove(own.publicKey, plain), true);
    assert.equal(await prove(own.publicKey, algorithm), false);
    assert.equal(await prove(certified('shown'), algorithm), false);
    assert.equal(await prove(certified('shown'), plain), false);
    assert.deepEqual(told, []);
  });
});

describe('HostCertificate', () => {
  mkdirSync('/run/sshd', { recursive: true });
  const qsshd = [process.execPath, QSSHD];

  /** What a server offers that is configured with this certificate. */
  function offer(program: readonly string[], certificate: string): string | undefined {
    const config = [`HostKey ${path('own')}`, `HostCertificate ${path(certificate)}`];
    writeFileSync(path('config'), `${config.join('\n')}\n`);
    const proxy = `ProxyCommand=${program.join(' ')} -i -f ${path('config')}`;
    const words = ['-F', 'none', '-o', proxy, '-o', 'HostKeyAlgorithms=ssh-dss', 'x'];
    const { stderr } = spawnSync('ssh', words, { encoding: 'utf8' });
    return /Their offer: (\S+)/.exec(stderr)?.[1];
  }

  it('shows that of the key', () => {
    assert.equal(offer(qsshd, 'shown-cert.pub'), `${algorithm},${plain}`);
  });

  for (const name of ['users', 'others'])
    it(`does not show the one of ${name}`, () => {
      assert.equal(offer(qsshd, `${name}-cert.pub`), plain);
    });

  it('of sshd, which looks at the key alone, shows one of a user', () => {
    assert.equal(offer(['/usr/sbin/sshd'], 'users-cert.pub'), `${plain},${algorithm}`);
  });

  it('does not show one that its CA has not signed', () => {
    const blob = certified('shown').slice();
    blob.set([1 ^ (blob.at(-1) ?? 0)], blob.length - 1);
    writeFileSync(path('forged'), `${algorithm} ${blob.toBase64()}\n`);
    assert.equal(offer(qsshd, 'forged'), plain);
  });
});
