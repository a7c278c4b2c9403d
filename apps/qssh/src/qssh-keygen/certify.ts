import { utf8 } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import { writeFileAtomic } from '@orrery/disk';
import {
  type CertificateClaims,
  FOREVER,
  type KeySigner,
  type PublicKey,
  type Validity,
  parsePublicKeyBlob,
  parseValidity,
  printPublicKeyLine,
  signCertificate,
} from '@orrery/keys';
import { visible } from '@orrery/terminal';
import { failureText } from '../copy/reason.ts';
import { agentSigner } from './agent-signer.ts';
import { readFlags } from './certificate-flags.ts';
import { validityText } from './certificate-time.ts';
import { has, valueOf, valuesOf } from './command-line.ts';
import { openKey } from './open-key.ts';
import { publicKeyIn } from './public-key-file.ts';
import { readFile } from './read-file.ts';
import { KeygenError, type Session } from './session.ts';

const PUBLIC_MODE = 0o644;
const MAX_SERIAL = 2n ** 64n - 1n;

/** All but the key and its serial number. */
type Claims = Omit<CertificateClaims, 'key' | 'serial'>;

/** -s: certifies public keys with the key of a CA, in a file or (-U) in the agent. */
export async function certify(session: Session): Promise<number> {
  const { line } = session;
  const claims = readClaims(session);
  const serials = readSerial(valueOf(line, 'z') ?? '0');
  const path = valueOf(line, 's') ?? '';
  const ca = has(line, 'U') ? await caInAgent(path) : await caInFile(session, path);
  try {
    for (const [index, file] of line.words.entries()) {
      const serial = serials.first + (serials.rises ? BigInt(index) : 0n);
      await certifyFile(session, file, { ...claims, serial }, ca.signer);
    }
    return 0;
  } finally {
    ca.close();
  }
}

async function certifyFile(
  { line, say }: Session,
  file: string,
  claims: Claims & Pick<CertificateClaims, 'serial'>,
  signer: KeySigner,
): Promise<void> {
  const { certifiedKey, blob, comment } = publicKeyOf(file);
  if (certifiedKey !== undefined) throw new KeygenError(`Key "${file}" is already a certificate`);
  const path = `${file.replace(/\.pub$/, '')}-cert.pub`;
  try {
    const certificate = await signCertificate({ ...claims, key: blob }, signer, valueOf(line, 't'));
    const key = { ...parsePublicKeyBlob(certificate.blob), ...(comment !== undefined && { comment }) };
    writeFileAtomic(path, utf8(`${printPublicKeyLine(key)}\n`), { mode: PUBLIC_MODE });
  } catch (cause) {
    if (cause instanceof KeygenError || !(cause instanceof Error)) throw cause;
    throw new KeygenError(`Couldn't certify key ${file}: ${failureText(cause)}`);
  }
  if (has(line, 'q')) return;
  const names = claims.principals.length === 0 ? '' : ` for ${visible(claims.principals.join(','))}`;
  say(
    `Signed ${claims.type} key ${path}: id "${visible(claims.keyId)}" serial ${claims.serial}${names} valid ${validityText(claims)}`,
  );
}

function readClaims({ line }: Session): Claims {
  const keyId = valueOf(line, 'I');
  if (keyId === undefined) throw new KeygenError('Must specify key id (-I) when certifying');
  const type = has(line, 'h') ? 'host' : 'user';
  const principals = valueOf(line, 'n')?.split(',') ?? [];
  if (principals.includes('')) throw new KeygenError('Empty principal name');
  const flags = readFlags(type, valuesOf(line, 'O'));
  return { type, keyId, principals, ...readValidity(valueOf(line, 'V')), ...flags };
}

function readValidity(text: string | undefined): Validity {
  if (text === undefined) return { validAfter: 0n, validBefore: FOREVER };
  try {
    return parseValidity(text, Date.now());
  } catch (cause) {
    if (cause instanceof RangeError)
      throw new KeygenError(`Empty certificate validity interval: ${text} does not end after it begins`);
    if (cause instanceof SyntaxError) throw new KeygenError(`Invalid certificate life specification ${text}`);
    throw cause;
  }
}

function readSerial(text: string): { readonly first: bigint; readonly rises: boolean } {
  const [, plus = '', number = ''] = /^(\+?)(0x[\da-fA-F]{1,16}|\d{1,20})$/.exec(text) ?? [];
  if (number === '' || BigInt(number) > MAX_SERIAL) throw new KeygenError(`Invalid serial number "${text}"`);
  return { first: BigInt(number), rises: plus !== '' };
}

/** Of a CA, too, whose private key is in an agent. @throws {KeygenError} */
export function publicKeyOf(path: string): PublicKey {
  const key = publicKeyIn(path, readFile(path, undefined, `load pubkey "${path}"`));
  if (key === undefined) throw new KeygenError(`load pubkey "${path}": invalid format`);
  return key;
}

interface Ca {
  readonly signer: KeySigner;
  readonly close: () => void;
}

async function caInAgent(path: string): Promise<Ca> {
  const ca = await agentSigner(publicKeyOf(path).blob);
  if (ca === undefined) throw new KeygenError(`CA key ${path} not found in agent`);
  return ca;
}

async function caInFile(session: Session, path: string): Promise<Ca> {
  const { key, passphrase } = await openKey(session, path, `Load key "${path}"`);
  try {
    return { signer: key.signer(), close: () => undefined };
  } finally {
    wipe(key.secret, passphrase);
  }
}
