// Files of private keys that would take a reader's time or memory before it knows whether the passphrase is right. The
// controls are the programs of others, which do what the file says: after a second they are still at it, or out of memory.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { decryptPrivateKey, encryptPrivateKey, encryptPuttyKey, generatePrivateKey } from '@orrery/keys';

const folder = mkdtempSync(join(tmpdir(), 'private-keys-'));
after(() => rmSync(folder, { recursive: true }));
writeFileSync(join(folder, 'passphrase'), 'correct horse');
writeFileSync(join(folder, 'none'), '');

const passphrase = Buffer.from('correct horse');
const key = generatePrivateKey('ssh-ed25519', 'comment');

/** Whether a program reads the key in the file within a second. */
function reads(file: Uint8Array, program: string, ...args: readonly string[]): boolean {
  writeFileSync(join(folder, 'key'), file, { mode: 0o600 });
  // It must not take the memory of the machine either.
  const limited = ['-v', '4000000', '--', program, ...args];
  return (
    spawnSync('sh', ['-c', 'ulimit "$1" "$2"; shift 3; exec "$@"', 'sh', ...limited], {
      cwd: folder,
      timeout: 1000,
    }).status === 0
  );
}

function refuses(file: Uint8Array, message: string): Promise<void> {
  return assert.rejects(decryptPrivateKey(file, passphrase), {
    name: 'PrivateKeyError',
    code: 'unsupported',
    message: `Cannot read private key: ${message}`,
  });
}

test('four thousand million rounds of bcrypt are refused; ssh-keygen runs them', async () => {
  const file = Buffer.from(await encryptPrivateKey(key, passphrase, { rounds: 1 })).toString();
  const keygen = ['ssh-keygen', '-y', '-P', 'correct horse', '-f', 'key'] as const;
  assert.equal(reads(Buffer.from(file), ...keygen), true);
  const bytes = Buffer.from(file.replaceAll(/-----.*-----/g, ''), 'base64');
  const rounds = 'openssh-key-v1\0'.length + 4 + 'aes256-ctr'.length + 4 + 'bcrypt'.length + 4 + 4 + 16;
  for (const count of [1025, 0xffff_ffff]) {
    bytes.writeUInt32BE(count, rounds);
    const lines = bytes.toString('base64').match(/.{1,70}/g) ?? [];
    const dear = Buffer.from(
      `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`,
    );
    await refuses(dear, `bcrypt has ${count} rounds, at most 1024 expected`);
    if (count > 1025) assert.equal(reads(dear, ...keygen), false);
  }
});

test('two thousand million iterations of PBKDF2 are refused; OpenSSL runs them', async () => {
  const { privateKey } = generateKeyPairSync('ed25519');
  const options = {
    format: 'der',
    type: 'pkcs8',
    cipher: 'aes-256-cbc',
    passphrase: 'correct horse',
  } as const;
  const file = privateKey.export(options);
  const openssl = ['openssl', 'pkey', '-in', 'key', '-passin', 'pass:correct horse', '-noout'] as const;
  const block = (bytes: Buffer): Buffer =>
    Buffer.from(
      `-----BEGIN ENCRYPTED PRIVATE KEY-----\n${bytes
        .toString('base64')
        .match(/.{1,64}/g)
        ?.join('\n')}\n-----END ENCRYPTED PRIVATE KEY-----\n`,
    );
  assert.equal(reads(block(file), ...openssl), true);
  // The number 2048 is put into four bytes, by which all that is around it grows by two.
  const at = file.indexOf(Buffer.from('02020800', 'hex'));
  const grown = Buffer.concat([
    file.subarray(0, at),
    Buffer.from('02047fffffff', 'hex'),
    file.subarray(at + 4),
  ]);
  for (let place = 0, end = at; place < end;) {
    const length = grown[place + 1] ?? 0;
    const head = length === 0x81 ? 3 : 2;
    const size = length === 0x81 ? (grown[place + 2] ?? 0) : length;
    const isAround = place + head + size > at;
    if (isAround) grown[place + head - 1] = size + 2;
    place += isAround ? head : head + size;
  }
  const dear = block(grown);
  await refuses(dear, 'PBKDF2 has 2147483647 iterations, 1 to 10000000 expected');
  assert.equal(reads(dear, ...openssl), false);
});

test('costs of Argon2 without end are refused, each alone and together; puttygen takes them', async () => {
  const cost = { memory: 64, passes: 2, parallelism: 1 };
  const file = Buffer.from(await encryptPuttyKey(key, passphrase, { cost })).toString();
  const putty = [
    'puttygen',
    'key',
    '--old-passphrase',
    'passphrase',
    '--new-passphrase',
    'none',
    '-O',
    'private-openssh-new',
    '-o',
    'out',
  ] as const;
  assert.equal(reads(Buffer.from(file), ...putty), true);
  const dear = (memory: number, passes: number, parallelism: number): Buffer =>
    Buffer.from(
      file
        .replace('Memory: 64', `Memory: ${memory}`)
        .replace('Passes: 2', `Passes: ${passes}`)
        .replace('Parallelism: 1', `Parallelism: ${parallelism}`),
    );
  const most = 'at most 1048576 KiB, 2097152 KiB over all passes and 16 expected';
  for (const [memory, passes, parallelism] of [
    [1_048_577, 1, 1],
    [4_294_967_295, 1, 1],
    [64, 4_294_967_295, 1],
    [1_048_576, 3, 1],
    [1024, 1, 17],
    [4_294_967_295, 4_294_967_295, 16_777_215],
  ] as const)
    await refuses(
      dear(memory, passes, parallelism),
      `Argon2 has ${memory} KiB, ${passes} passes and parallelism ${parallelism}, ${most}`,
    );
  assert.equal(reads(dear(4_294_967_295, 1, 1), ...putty), false);
  assert.equal(reads(dear(64, 4_294_967_295, 1), ...putty), false);
});

test('costs of Argon2 that are no numbers, and salts without an end, are damage', async () => {
  const cost = { memory: 64, passes: 2, parallelism: 1 };
  const file = Buffer.from(await encryptPuttyKey(key, passphrase, { cost })).toString();
  for (const [from, to] of [
    ['Passes: 2', 'Passes: -1'],
    ['Passes: 2', 'Passes: 0'],
    ['Passes: 2', 'Passes: 2e3'],
    ['Passes: 2', 'Passes: 99999999999'],
    ['Memory: 64', 'Memory: 7'],
    ['Memory: 64', 'Memory: 0x40'],
    ['Parallelism: 1', 'Parallelism: 0'],
    [/Salt: \w+/, 'Salt: 00'],
    [/Salt: \w+/, `Salt: ${'00'.repeat(65)}`],
    [/Private-Lines: 1/, 'Private-Lines: 4294967295'],
    [/Private-Lines: 1/, 'Private-Lines: 0'],
    [/Public-Lines: 2/, 'Public-Lines: 1'],
  ] as const)
    await assert.rejects(decryptPrivateKey(Buffer.from(file.replace(from, to)), passphrase), {
      code: 'damaged',
    });
});
