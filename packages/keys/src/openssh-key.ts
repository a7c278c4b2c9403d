// OpenSSH's private key files, encrypted or not (PROTOCOL.key).
import { FormatError, type Value, decode, encode, string, struct, uint32 } from '@orrery/bytes';
import { importAesCtrKey, randomBytes, wipe } from '@orrery/crypto';
import { MAX_BCRYPT_ROUNDS, bcryptPbkdf } from './bcrypt.ts';
import { type ContainerCipher, containerCiphers } from './container-cipher.ts';
import {
  CLEAR_BLOCK,
  type Container,
  printContainer,
  printPrivateSection,
  readContainer,
  readPrivateSection,
} from './openssh-container.ts';
import { PrivateKeyError, passphraseNeeded, passphraseWrong } from './private-key-error.ts';
import type { PrivateKey } from './private-key.ts';

const CIPHER = 'aes256-ctr';
const KDF = 'bcrypt';
/** What ssh-keygen takes by default. */
const DEFAULT_ROUNDS = 24;
const SALT_LENGTH = 16;
const MAX_SALT = 512;
const CHECK_LENGTH = 4;

const kdfOptions = struct({ salt: string(MAX_SALT), rounds: uint32 });

/**
 * The key in the decoded content of a file.
 * @throws {PrivateKeyError | FormatError | RangeError} The last two: it is damaged.
 */
export function readOpensshKey(bytes: Uint8Array, passphrase: Uint8Array | undefined): PrivateKey {
  const container = readContainer(bytes);
  if (container.cipher === 'none') {
    const key = readPrivateSection(container.secret, CLEAR_BLOCK, container.publicKey);
    if (key === undefined || container.kdf !== 'none' || container.tag.length > 0)
      throw new FormatError('Cannot read OpenSSH private key: its private section is broken');
    return key;
  }
  const cipher = containerCiphers.get(container.cipher);
  if (cipher === undefined || container.kdf !== KDF) {
    const found = JSON.stringify(`${container.cipher} with ${container.kdf}`);
    throw new PrivateKeyError('unsupported', `it is encrypted by ${found}, which is not known`);
  }
  if (container.secret.length % cipher.blockLength !== 0 || container.tag.length !== cipher.tagLength)
    throw new FormatError('Cannot read OpenSSH private key: its ciphertext is not whole');
  if (passphrase === undefined || passphrase.length === 0) throw passphraseNeeded();
  return decryptKey(container, cipher, passphrase);
}

function decryptKey(container: Container, cipher: ContainerCipher, passphrase: Uint8Array): PrivateKey {
  const options = decode(kdfOptions, container.kdfOptions);
  if (options.rounds > MAX_BCRYPT_ROUNDS)
    throw new PrivateKeyError(
      'unsupported',
      `bcrypt has ${options.rounds} rounds, at most ${MAX_BCRYPT_ROUNDS} expected`,
    );
  const keys = deriveKeys(options, cipher, passphrase);
  const section = cipher.decrypt(keys, container.secret, container.tag);
  wipe(keys.key, keys.iv);
  if (section === undefined) throw passphraseWrong();
  try {
    const key = readPrivateSection(section, cipher.blockLength, container.publicKey);
    if (key === undefined) throw passphraseWrong();
    return key;
  } finally {
    wipe(section);
  }
}

/** The content of a file with the key; encrypted if there is a passphrase. @throws {RangeError} for bad rounds */
export function printOpensshKey(
  key: PrivateKey,
  passphrase: Uint8Array | undefined,
  rounds: number = DEFAULT_ROUNDS,
): Uint8Array {
  const { publicKey } = key;
  const check = randomBytes(CHECK_LENGTH);
  const tag = new Uint8Array();
  if (passphrase === undefined || passphrase.length === 0) {
    const secret = printPrivateSection(key, CLEAR_BLOCK, check);
    return printContainer({
      cipher: 'none',
      kdf: 'none',
      kdfOptions: new Uint8Array(),
      publicKey,
      secret,
      tag,
    });
  }
  const cipher = containerCiphers.get(CIPHER);
  if (cipher === undefined) throw new TypeError(`No cipher "${CIPHER}"`);
  const options = { salt: randomBytes(SALT_LENGTH), rounds };
  const keys = deriveKeys(options, cipher, passphrase);
  const section = printPrivateSection(key, cipher.blockLength, check);
  const secret = importAesCtrKey(keys.key, keys.iv)(section);
  wipe(keys.key, keys.iv, section);
  return printContainer({
    cipher: CIPHER,
    kdf: KDF,
    kdfOptions: encode(kdfOptions, options),
    publicKey,
    secret,
    tag,
  });
}

function deriveKeys(
  { salt, rounds }: Value<typeof kdfOptions>,
  { keyLength, ivLength }: ContainerCipher,
  passphrase: Uint8Array,
): { readonly key: Uint8Array; readonly iv: Uint8Array } {
  const bytes = bcryptPbkdf(passphrase, salt, rounds, keyLength + ivLength);
  return { key: bytes.subarray(0, keyLength), iv: bytes.subarray(keyLength) };
}
