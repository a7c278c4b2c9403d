import { generateRsaKey, wipe } from '@orrery/crypto';
import { readPkcs1 } from './pem-key.ts';
import { type PrivateKey, rawKeyPair } from './private-key.ts';
import { rawKeyTypes } from './raw-keys.ts';

/** What ssh-keygen takes by default. */
const DEFAULT_RSA_BITS = 3072;

export interface KeySize {
  /** Of an RSA key, 2048 to 16384; 3072 by default. Other types have one size. */
  readonly bits?: number;
}

/** A new key of a type other than RSA. @throws {RangeError} */
export function generatePrivateKey(type: string, comment: string): PrivateKey;
/** A new key of any type. An RSA key takes seconds, in which this thread goes on. @throws {RangeError} */
export function generatePrivateKey(type: string, comment: string, size: KeySize): Promise<PrivateKey>;
export function generatePrivateKey(
  type: string,
  comment: string,
  size?: KeySize,
): PrivateKey | Promise<PrivateKey> {
  return size === undefined ? generateRaw(type, comment) : generateAny(type, comment, size);
}

async function generateAny(type: string, comment: string, { bits }: KeySize): Promise<PrivateKey> {
  if (type === 'ssh-rsa') return generateRsa(comment, bits ?? DEFAULT_RSA_BITS);
  if (bits !== undefined) throw new RangeError(`Cannot make key of type "${type}" by size: it has only one`);
  return generateRaw(type, comment);
}

async function generateRsa(comment: string, bits: number): Promise<PrivateKey> {
  const pkcs1 = await generateRsaKey(bits);
  const key = readPkcs1(pkcs1);
  wipe(pkcs1);
  return { ...key, comment };
}

function generateRaw(type: string, comment: string): PrivateKey {
  const raw = rawKeyTypes.get(type);
  if (raw === undefined) throw new RangeError(`Cannot make key of type "${type}": it is not known`);
  const pair = raw.algorithm.generate();
  const key = rawKeyPair(type, raw, pair, comment);
  wipe(pair.secretKey);
  return key;
}
