// OpenSSH's private key files, encrypted or not (PROTOCOL.key).
import { FormatError, type Value, decode, encode, string, struct, uint32 } from '@orrery/bytes';
import { randomBytes, wipe } from '@orrery/crypto';
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

const KDF = 'bcrypt';
/** What ssh-keygen takes by default. */
const DEFAULT_ROUNDS = 24;
const SALT_LENGTH = 16;
const MAX_SALT = 512;
const CHECK_LENGTH = 4;
const NO_BYTES = new Uint8Array();

/** How a key is encrypted, as `ssh-keygen` has it with -a and -Z. */
export interface OpensshEncryption {
  /** Of bcrypt, 1 to 1024; 24 by default. */
  readonly rounds?: number;
  /** aes256-ctr by default. */
  readonly cipher?: 'aes256-ctr' | 'aes256-gcm@openssh.com';
}

const kdfOptions = struct({ salt: string(MAX_SALT), rounds: uint32 });

/**
 * The key in the decoded content of a file that is not encrypted.
 * @throws {PrivateKeyError | FormatError | RangeError} The last two: it is damaged.
 */
export function readOpensshKey(bytes: Uint8Array): PrivateKey {
  const container = readContainer(bytes);
  if (cipherOf(container) !== undefined) throw passphraseNeeded();
  const key = readPrivateSection(container.secret, CLEAR_BLOCK, container.publicKey);
  if (key === undefined || container.kdf !== 'none' || container.tag.length > 0)
    throw new FormatError('Cannot read OpenSSH private key: its private section is broken');
  return key;
}

/** The same for one that may be encrypted. */
export async function decryptOpensshKey(bytes: Uint8Array, passphrase: Uint8Array): Promise<PrivateKey> {
  const container = readContainer(bytes);
  const cipher = cipherOf(container);
  if (cipher === undefined) return readOpensshKey(bytes);
  if (passphrase.length === 0) throw passphraseNeeded();
  return decryptKey(container, cipher, passphrase);
}

/** The cipher that the key is encrypted by, if it is. */
function cipherOf({ cipher: name, kdf, secret, tag }: Container): ContainerCipher | undefined {
  if (name === 'none') return undefined;
  const cipher = containerCiphers.get(name);
  if (cipher === undefined || kdf !== KDF) {
    const found = JSON.stringify(`${name} with ${kdf}`);
    throw new PrivateKeyError('unsupported', `it is encrypted by ${found}, which is not known`);
  }
  if (secret.length % cipher.blockLength !== 0 || tag.length !== cipher.tagLength)
    throw new FormatError('Cannot read OpenSSH private key: its ciphertext is not whole');
  return cipher;
}

async function decryptKey(
  container: Container,
  cipher: ContainerCipher,
  passphrase: Uint8Array,
): Promise<PrivateKey> {
  const options = decode(kdfOptions, container.kdfOptions);
  if (options.rounds > MAX_BCRYPT_ROUNDS)
    throw new PrivateKeyError(
      'unsupported',
      `bcrypt has ${options.rounds} rounds, at most ${MAX_BCRYPT_ROUNDS} expected`,
    );
  const keys = await deriveKeys(options, cipher, passphrase);
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

/** The content of a file with the key in clear. */
export function printOpensshKey(key: PrivateKey): Uint8Array {
  return printContainer({
    cipher: 'none',
    kdf: 'none',
    kdfOptions: NO_BYTES,
    publicKey: key.publicKey,
    secret: printPrivateSection(key, CLEAR_BLOCK, randomBytes(CHECK_LENGTH)),
    tag: NO_BYTES,
  });
}

/** The content of a file with the key encrypted. @throws {RangeError} for no passphrase, and for bad rounds */
export async function encryptOpensshKey(
  key: PrivateKey,
  passphrase: Uint8Array,
  { rounds = DEFAULT_ROUNDS, cipher: name = 'aes256-ctr' }: OpensshEncryption = {},
): Promise<Uint8Array> {
  const cipher = containerCiphers.get(name);
  if (cipher?.encrypt === undefined) throw new RangeError(`Cannot encrypt private key by "${name}"`);
  const options = { salt: randomBytes(SALT_LENGTH), rounds };
  const keys = await deriveKeys(options, cipher, passphrase);
  const section = printPrivateSection(key, cipher.blockLength, randomBytes(CHECK_LENGTH));
  const { ciphertext, tag } = cipher.encrypt(keys, section);
  wipe(keys.key, keys.iv, section);
  return printContainer({
    cipher: name,
    kdf: KDF,
    kdfOptions: encode(kdfOptions, options),
    publicKey: key.publicKey,
    secret: ciphertext,
    tag,
  });
}

async function deriveKeys(
  { salt, rounds }: Value<typeof kdfOptions>,
  { keyLength, ivLength }: ContainerCipher,
  passphrase: Uint8Array,
): Promise<{ readonly key: Uint8Array; readonly iv: Uint8Array }> {
  const bytes = await bcryptPbkdf(passphrase, salt, rounds, keyLength + ivLength);
  return { key: bytes.subarray(0, keyLength), iv: bytes.subarray(keyLength) };
}
