import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Writer, concat, utf8 } from '@orrery/bytes';
import { ecdsaP256, sha256 } from '@orrery/crypto';
import * as fc from 'fast-check';
import { KeyFolder } from '../testing/ssh-keygen.ts';
import { printSshsig, sshsigMessage } from '../testing/sshsig.ts';
import { ecdsaBlob } from './ecdsa-signature.ts';
import { printPublicKeyLine } from './public-key.ts';
import { optionalSignatureNames, signatureNames, signatureNamesOf, verifySignature } from './signature.ts';

const NAME = 'webauthn-sk-ecdsa-sha2-nistp256@openssh.com';
const TYPE = 'sk-ecdsa-sha2-nistp256@openssh.com';
const ORIGIN = 'https://example.com';
const message = utf8('hello');
const { secretKey, publicKey } = ecdsaP256.generate();
const signer = ecdsaP256.signer(secretKey);
const blob = new Writer().text(TYPE).text('nistp256').string(publicKey).text('ssh:').finish();
const folder = new KeyFolder();
after(() => folder.remove());

interface Parts {
  readonly flags: number;
  readonly origin: string;
  readonly extensions: Uint8Array;
  /** What stands in the client data for the origin, and behind it. */
  readonly said: string;
  readonly more: string;
  readonly start: string;
  readonly trailer: Uint8Array;
}

const usual: Parts = {
  flags: 1,
  origin: ORIGIN,
  extensions: new Uint8Array(),
  said: ORIGIN,
  more: ',"crossOrigin":false}',
  start: '{"type":"webauthn.get","challenge":"',
  trailer: new Uint8Array(),
};

/** What a browser and its security key give, which sign whatever they are told to. */
async function signed(over: Uint8Array, change: Partial<Parts> = {}): Promise<Uint8Array> {
  const { flags, origin, extensions, said, more, start, trailer } = { ...usual, ...change };
  const challenge = over.toBase64({ alphabet: 'base64url', omitPadding: true });
  const clientData = utf8(`${start}${challenge}","origin":"${said}"${more}`);
  const middle = new Writer().byte(flags).uint32(7).finish();
  const signature = await signer.sign(concat(sha256(utf8('ssh:')), middle, extensions, sha256(clientData)));
  return new Writer()
    .text(NAME)
    .string(ecdsaBlob(signature))
    .bytes(middle)
    .text(origin)
    .string(clientData)
    .string(extensions)
    .bytes(trailer)
    .finish();
}

/** Whether ssh-keygen takes the signature. */
function keygenTakes(signature: Uint8Array): boolean {
  writeFileSync(join(folder.path, 'allowed'), `alice ${printPublicKeyLine({ type: TYPE, blob })}\n`);
  writeFileSync(join(folder.path, 'sig'), printSshsig(blob, signature));
  const args = ['-Y', 'verify', '-f', 'allowed', '-I', 'alice', '-n', 'file', '-s', 'sig'];
  try {
    execFileSync('ssh-keygen', args, { cwd: folder.path, input: message, stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}

/** With what is changed in a signature, and whether it still is one. */
const cases: readonly (readonly [string, Partial<Parts>, boolean])[] = [
  ['as browsers make it', {}, true],
  ['with nothing behind the origin', { more: '}' }, true],
  ['with extensions that the flags tell of', { flags: 0x81, extensions: Uint8Array.of(0xa0) }, true],
  ['with extensions of which the flags do not tell', { extensions: Uint8Array.of(0xa0) }, false],
  ['with flags that tell of extensions where there are none', { flags: 0x81 }, false],
  ['with flags of a new key', { flags: 0x41 }, false],
  ['for another origin than it says', { said: 'https://example.org' }, false],
  ['for an origin that begins alike', { said: `${ORIGIN}.example.org` }, false],
  ['with a quotation mark in its origin', { origin: 'a","x":"', said: 'a","x":"' }, false],
  ['of a new key, not of a login', { start: '{"type":"webauthn.create","challenge":"' }, false],
  ['with its fields in another order', { start: '{"x":1,"type":"webauthn.get","challenge":"' }, false],
  ['with a byte behind it', { trailer: Uint8Array.of(0) }, false],
];

for (const [name, change, isValid] of cases) {
  test(`a signature of WebAuthn ${name} is ${isValid ? '' : 'not '}verified, by verifySignature and by ssh-keygen`, async () => {
    const over = sshsigMessage(message);
    const signature = await signed(over, change);
    assert.equal(verifySignature(blob, NAME, over, signature), isValid);
    assert.equal(keygenTakes(signature), isValid);
  });
}

test('a signature of WebAuthn is not verified for another message, without a verified owner, or as one of the key itself', async () => {
  const signature = await signed(message);
  assert.equal(verifySignature(blob, NAME, utf8('hello!'), signature), false);
  assert.equal(verifySignature(blob, NAME, utf8('hell'), signature), false);
  const verification = { touch: true, verification: true };
  assert.equal(verifySignature(blob, NAME, message, signature, verification), false);
  const verified = await signed(message, { flags: 5 });
  assert.equal(verifySignature(blob, NAME, message, verified, verification), true);
  // ssh-keygen -Y asks for no touch.
  const untouched = await signed(message, { flags: 0 });
  assert.equal(verifySignature(blob, NAME, message, untouched), false);
  assert.equal(verifySignature(blob, NAME, message, untouched, { touch: false, verification: false }), true);
  assert.equal(verifySignature(blob, TYPE, message, signature), false);
});

test('verifySignature is false for a signature of WebAuthn with any byte changed', async () => {
  const signature = await signed(message);
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = signature.slice();
      const position = at % changed.length;
      changed[position] = (changed[position] ?? 0) ^ change;
      assert.equal(verifySignature(blob, NAME, message, changed), false);
    }),
  );
});

test('signatures of WebAuthn are taken only where they are named, and no key here makes them', () => {
  assert.equal(signatureNames.includes(NAME), false);
  assert.equal(optionalSignatureNames.includes(NAME), true);
  assert.deepEqual(signatureNamesOf(TYPE), [TYPE]);
});
