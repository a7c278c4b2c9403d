// Files of PuTTY that were forged: the MAC of one in clear is anybody's to make.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { suite, test } from 'node:test';
import { decryptPrivateKey, encryptPuttyKey, generatePrivateKey, parsePrivateKey } from '@orrery/keys';
import { ed25519, string, strings, text } from './stage/forged-key.ts';

const [mine, other] = [ed25519(), ed25519()];

suite("a file of PuTTY's", () => {
  const passphrase = text('correct horse');

  /** A file whose MAC is right: in clear, it is anybody's to make. */
  function ppk(
    type: string,
    publicKey: Buffer,
    secret: Buffer,
    change: (file: string) => string = (file) => file,
  ): Buffer {
    const fields = strings(text(type), text('none'), text('c'), publicKey, secret);
    const mac = createHmac('sha256', '').update(fields).digest('hex');
    const block = (bytes: Buffer): string => {
      const lines = bytes.toString('base64').match(/.{1,64}/g) ?? [];
      return [String(lines.length), ...lines].join('\n');
    };
    const file = `PuTTY-User-Key-File-3: ${type}\nEncryption: none\nComment: c\nPublic-Lines: ${block(publicKey)}\nPrivate-Lines: ${block(secret)}\nPrivate-MAC: ${mac}\n`;
    return text(change(file));
  }

  test('is read where nothing is forged', () => {
    assert.equal(parsePrivateKey(ppk('ssh-ed25519', mine.blob, string(mine.seed))).type, 'ssh-ed25519');
  });

  const files: Readonly<Record<string, Buffer>> = {
    'the public key of another': ppk('ssh-ed25519', other.blob, string(mine.seed)),
    'another type than its public key': ppk('ecdsa-sha2-nistp256', mine.blob, string(mine.seed)),
    'a seed that is too long': ppk(
      'ssh-ed25519',
      mine.blob,
      string(Buffer.concat([mine.seed, Buffer.of(1)])),
    ),
    'bytes behind its numbers': ppk(
      'ssh-ed25519',
      mine.blob,
      Buffer.concat([string(mine.seed), Buffer.of(0)]),
    ),
    'a type of DSA': ppk('ssh-dss', mine.blob, string(mine.seed)),
    'another comment under the same MAC': ppk('ssh-ed25519', mine.blob, string(mine.seed), (file) =>
      file.replace('Comment: c', 'Comment: d'),
    ),
    'version 2 under the same MAC': ppk('ssh-ed25519', mine.blob, string(mine.seed), (file) =>
      file.replace('File-3', 'File-2'),
    ),
    'a header twice': ppk('ssh-ed25519', mine.blob, string(mine.seed), (file) =>
      file.replace('Comment: c', 'Comment: c\nComment: c'),
    ),
    'a line behind its MAC': ppk(
      'ssh-ed25519',
      mine.blob,
      string(mine.seed),
      (file) => `${file}PuTTY-User-Key-File-3: ssh-ed25519\n`,
    ),
    'half of its MAC': ppk('ssh-ed25519', mine.blob, string(mine.seed), (file) => `${file.slice(0, -33)}\n`),
  };
  for (const [what, file] of Object.entries(files))
    test(`with ${what} is refused`, () => {
      assert.throws(() => parsePrivateKey(file), { name: 'PrivateKeyError' });
    });

  test('that was changed at any place of its encrypted part says no more than after a wrong passphrase', async () => {
    const cost = { memory: 8, passes: 1, parallelism: 1 };
    const key = generatePrivateKey('ssh-ed25519', 'c');
    const file = Buffer.from(await encryptPuttyKey(key, passphrase, { cost })).toString();
    const start = file.indexOf('\n', file.indexOf('Private-Lines')) + 1;
    const end = file.indexOf('\n', start);
    const refusals = new Set<string>();
    for (let at = start; at < end; at += 1) {
      const letter = file[at] === 'A' ? 'B' : 'A';
      const changed = `${file.slice(0, at)}${letter}${file.slice(at + 1)}`;
      await assert.rejects(decryptPrivateKey(text(changed), passphrase), (error: unknown) => {
        refusals.add(String(error));
        return true;
      });
    }
    assert.deepEqual(
      [...refusals],
      ['PrivateKeyError: Cannot read private key: the passphrase is not the right one'],
    );
  });
});
