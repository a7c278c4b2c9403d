// Our transport with OpenSSH's server: every algorithm that both have, with new keys in between.
import {
  authenticate,
  connect,
  defaultPreferences,
  publicKey,
  Transport,
  type Preferences,
} from '@orrery/ssh';
import { keySigner } from '@orrery/keys';
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { makeFolder } from './stage/folder.ts';
import { startSshd } from './stage/sshd.ts';

const kexAlgorithms = [
  'curve25519-sha256',
  'sntrup761x25519-sha512@openssh.com',
  'curve25519-sha256@libssh.org',
  'ecdh-sha2-nistp256',
  'ecdh-sha2-nistp384',
  'ecdh-sha2-nistp521',
];
const authenticated = ['aes256-gcm@openssh.com', 'aes128-gcm@openssh.com', 'chacha20-poly1305@openssh.com'];
const counterModes = ['aes256-ctr', 'aes192-ctr', 'aes128-ctr'];
const macs = [
  'hmac-sha2-256-etm@openssh.com',
  'hmac-sha2-512-etm@openssh.com',
  'hmac-sha2-256',
  'hmac-sha2-512',
];
const kex = kexAlgorithms.slice(0, 1);

const combinations: readonly Partial<Preferences>[] = [
  ...kexAlgorithms.map((name) => ({ kex: [name] })),
  ...authenticated.map((name) => ({ kex, ciphers: [name] })),
  ...counterModes.map((name) => ({ kex, ciphers: [name], macs: macs.slice(0, 1) })),
  ...macs.map((name) => ({ kex, ciphers: ['aes128-ctr'], macs: [name] })),
  ...[...authenticated.slice(1), 'aes128-ctr'].map((name) => ({
    kex,
    ciphers: [name],
    macs: macs.slice(2),
    compressions: ['zlib@openssh.com'],
  })),
];

const folder = makeFolder();
const key = keySigner('ssh-ed25519', new Uint8Array(32).fill(7));
const sshd = await startSshd(
  folder,
  [key],
  [
    `KexAlgorithms ${kexAlgorithms.join()}`,
    `Ciphers ${[...authenticated, ...counterModes].join()}`,
    `MACs ${macs.join()}`,
    'RekeyLimit 300K',
  ],
);

/** What compresses well, what does not, and what repeats from far back. */
const file = join(folder, 'data');
const noise = randomBytes(400_000);
const data = Buffer.concat([noise, Buffer.alloc(300_000, 'orrery '), noise.subarray(0, 200_000), noise]);
writeFileSync(file, data);

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('Transport as client of OpenSSH 9.2', () => {
  for (const preferences of combinations)
    it(`carries data both ways through new keys by ${Object.values(preferences).join(' ')}`, async () => {
      let exchanges = 0;
      const client = await connect(sshd.dial(), {
        user: 'root',
        algorithms: preferences,
        rekey: { bytes: 200_000, seconds: 0 },
        checkHostKey: ({ publicKey: found }) => {
          exchanges++;
          assert.deepEqual(found, sshd.hostKey);
        },
        authentication: [publicKey(key)],
      });
      const session = await client.session();
      await session.exec(`cat ${file}; sha256sum`);
      session.stdin.end(data);
      const output = await buffer(session.stdout);
      assert.equal(digest(output.subarray(0, data.length)), digest(data));
      assert.equal(output.subarray(data.length).toString(), `${digest(data)}  -\n`);
      assert.ok(exchanges > 4, `${exchanges} exchanges`);
      assert.equal(client.algorithms.kex, preferences.kex?.[0]);
      assert.equal(client.algorithms.toClient.cipher, preferences.ciphers?.[0] ?? 'aes256-gcm@openssh.com');
      client.close();
    });

  for (const [what, name, guessedRight] of [
    ['right', 'curve25519-sha256', true],
    ['wrong', 'ecdh-sha2-nistp384', false],
  ] as const)
    it(`begins with a guess that is ${what}`, async () => {
      const transport = new Transport(sshd.dial(), {
        isClient: true,
        line: 'SSH-2.0-Orrery_0.1',
        preferences: { ...defaultPreferences, kex: [name], hostKeys: ['ssh-ed25519'] },
        rekey: { bytes: 0, seconds: 0 },
        checkHostKey: ({ publicKey: found }) => assert.deepEqual(found, sshd.hostKey),
        guess: true,
      });
      await transport.ready;
      assert.equal(transport.negotiated?.guessedRight, guessedRight);
      await authenticate(transport, { user: 'root', methods: [publicKey(key)] });
      transport.disconnect('');
    });
});
