import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FormatError, concat, utf8 } from '@orrery/bytes';
import { decryptPem, decryptPkcs8 } from './pem-encryption.ts';

const passphrase = utf8('correct horse');
const hex = (text: string): Uint8Array => Uint8Array.fromHex(text.replaceAll(' ', ''));

/** A value in DER whose content is shorter than 128 bytes. */
function der(tag: number, ...content: readonly Uint8Array[]): Uint8Array {
  const bytes = concat(...content);
  return concat(Uint8Array.of(tag, bytes.length), bytes);
}

interface Parts {
  readonly scheme: string;
  readonly derivation: string;
  readonly iterations: string;
  readonly hash: string;
  readonly cipher: string;
  readonly iv: Uint8Array;
}

const usual: Parts = {
  scheme: '06092a864886f70d01050d',
  derivation: '06092a864886f70d01050c',
  iterations: '02020800',
  hash: '300c06082a864886f70d02090500',
  cipher: '060960864801650304012a',
  iv: new Uint8Array(16),
};

/** EncryptedPrivateKeyInfo with something changed; its ciphertext is one block of zeros. */
function encrypted(change: Partial<Parts>): Uint8Array {
  const { scheme, derivation, iterations, hash, cipher, iv } = { ...usual, ...change };
  const pbkdf2 = der(0x30, der(0x04, new Uint8Array(8)), hex(iterations), hex(hash));
  const parameters = der(0x30, der(0x30, hex(derivation), pbkdf2), der(0x30, hex(cipher), der(0x04, iv)));
  return der(0x30, der(0x30, hex(scheme), parameters), der(0x04, new Uint8Array(16)));
}

test('decryptPkcs8 names the part of the encryption that it does not know', () => {
  const cases: readonly (readonly [Partial<Parts>, string])[] = [
    [{ scheme: '06092a864886f70d010503' }, 'the scheme of its encryption is not known'],
    [{ derivation: '06092b06010401da47040b' }, 'the key derivation of its encryption is not known'],
    [{ hash: '300c06082a864886f70d02080500' }, 'the hash of its encryption is not known'],
    [{ cipher: '06082a864886f70d0307' }, 'the cipher of its encryption is not known'],
    [{ iterations: '0200' }, ''],
    [{ iterations: '020100' }, 'PBKDF2 has 0 iterations, 1 to 10000000 expected'],
    [{ iterations: '0203989681' }, ''],
    [{ iterations: '020400989681' }, 'PBKDF2 has 10000001 iterations, 1 to 10000000 expected'],
  ];
  for (const [change, reason] of cases) {
    const expected =
      reason === ''
        ? { name: 'FormatError' }
        : { code: 'unsupported', message: `Cannot read private key: ${reason}` };
    assert.throws(() => decryptPkcs8(encrypted(change), passphrase), expected);
  }
});

test('decryptPkcs8 takes a wrong padding for a wrong passphrase, and SHA-1 where no hash is named', () => {
  assert.throws(() => decryptPkcs8(encrypted({}), passphrase), { code: 'passphrase-wrong' });
  assert.throws(() => decryptPkcs8(encrypted({ hash: '' }), passphrase), { code: 'passphrase-wrong' });
  assert.throws(() => decryptPkcs8(encrypted({ iv: new Uint8Array(8) }), passphrase), {
    name: 'FormatError',
    message: 'Cannot read PKCS#8 private key: its IV is not a block',
  });
});

test('decryptPem refuses headers and ciphertexts that are malformed', () => {
  const iv = '00'.repeat(16);
  assert.throws(() => decryptPem(new Uint8Array(16), 'AES-128-CBC', passphrase), FormatError);
  assert.throws(() => decryptPem(new Uint8Array(16), `AES-128-CBC,${iv}00`, passphrase), FormatError);
  assert.throws(
    () => decryptPem(new Uint8Array(16), `AES-128-CBC,${iv.replace('0', 'x')}`, passphrase),
    FormatError,
  );
  assert.throws(() => decryptPem(new Uint8Array(15), `AES-128-CBC,${iv}`, passphrase), FormatError);
  assert.throws(() => decryptPem(new Uint8Array(), `AES-128-CBC,${iv}`, passphrase), FormatError);
  assert.throws(() => decryptPem(new Uint8Array(16), `AES-128-CBC,${iv}`, passphrase), {
    code: 'passphrase-wrong',
  });
});
