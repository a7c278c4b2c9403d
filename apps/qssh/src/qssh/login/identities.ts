// The user's keys: which there are, and what it takes to sign with one.
import { readFileSync, statSync } from 'node:fs';
import { wipe } from '@orrery/crypto';
import {
  type KeySigner,
  type PrivateKey,
  PrivateKeyError,
  type PublicKey,
  fingerprint,
  parsePublicKeyBlob,
  parsePublicKeyLine,
  recognisePrivateKey,
  signatureNamesOf,
} from '@orrery/keys';
import { AgentError } from '@orrery/ssh';
import type { ClientConfig } from '../../config/load-config.ts';
import type { Settings } from '../../config/settings.ts';
import { failureText, reasonOf } from '../../copy/reason.ts';
import { expandPath } from '../../config/expand-settings.ts';
import type { Log } from '../log.ts';
import { certificateBeside, certificateIn, namedCertificates } from './certificates.ts';
import { type Unlock, openPrivateKey } from './open-private-key.ts';

/** A key in a file, or in the agent. */
export interface Identity {
  /** Or the comment, if it is known to the agent alone. */
  readonly path: string;
  /** As in `ssh-keygen -l`; undefined if the file tells only with its passphrase. */
  readonly fingerprint: string | undefined;
  /** Signs; a passphrase is asked for when it is needed, not before. Undefined: the key cannot be used, or is another's. */
  signer(): Promise<KeySigner | undefined>;
  /** The agent signs with it. */
  readonly isHeld?: boolean;
  /** The blob of a certificate, whose key has the fingerprint. */
  readonly certificate?: Uint8Array;
  /** The certificate is one of CertificateFile. */
  readonly isNamed?: boolean;
  /** Only its public half is there: it is of use if the agent has it. */
  readonly isPublic?: boolean;
}

/** Is given each key that was opened. */
export type KeepKey = (path: string, key: PrivateKey) => Promise<void>;

/**
 * The keys of IdentityFile, in order, each with the certificate beside it; those of CertificateFile are in their place.
 * A certificate in the `.pub` file of a key stands for the key.
 */
export function findIdentities(
  config: ClientConfig,
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
  unlock: Unlock,
  keep: KeepKey,
): readonly Identity[] {
  const files = config.settings.all('identityfile').filter((file) => file.toLowerCase() !== 'none');
  const named = namedCertificates(config, environment, log);
  const hasNamed = config.settings.all('certificatefile').length > 0;
  const beside = (path: string): readonly Identity[] => (hasNamed ? [] : certificateBeside(path, log));
  const keys = files.flatMap((file) => {
    const path = expandPath(file, config, environment);
    const alone = publicKeyIn(path);
    const bytes = alone === undefined ? readKeyFile(path, log) : undefined;
    const shownIn = alone === undefined ? `${path}.pub` : path;
    const shown = alone ?? publicKeyIn(shownIn);
    const key = (bytes && recognisePrivateKey(bytes)?.publicKey) ?? plainKey(shown);
    if (bytes === undefined && key === undefined) return [];
    if (isTooShort(key, config.settings)) {
      log.debug(`Skipping ${path}: it has fewer bits than RequiredRSASize`);
      return [];
    }
    const print = key === undefined ? undefined : fingerprint(key.blob, 'sha256');
    const open = bytes && (async (): Promise<KeySigner> => openSigner(path, bytes, unlock, keep));
    const signer = async (): Promise<KeySigner | undefined> => open && signerOf(path, key, log, open);
    const isCertified = shown?.certifiedKey !== undefined && fingerprint(shown.blob, 'sha256') === print;
    const certificates = isCertified ? certificateIn(shownIn, path, log) : [];
    if (certificates.length > 0) return certificates.map((found) => ({ ...found, signer }));
    const own: Identity = { path, fingerprint: print, signer };
    return [open ? own : { ...own, isPublic: true }, ...beside(path.replace(/\.pub$/, ''))];
  });
  return [...named, ...keys];
}

export function isTooShort(key: PublicKey | undefined, settings: Settings): boolean {
  return (
    key?.type.startsWith('ssh-rsa') === true && (key.bits ?? 0) < (settings.number('requiredrsasize') ?? 0)
  );
}

function readKeyFile(path: string, log: Log): Uint8Array | undefined {
  try {
    const { mode, uid } = statSync(path);
    if (uid === process.getuid?.() && (mode & 0o077) !== 0) {
      log.error(
        `Permissions 0${(mode & 0o777).toString(8)} for '${path}' are too open: others can read the key.`,
      );
      log.error('This private key will be ignored.');
      return undefined;
    }
    return readFileSync(path);
  } catch (cause) {
    log.debug(`identity file ${failureText(cause)}`);
    return undefined;
  }
}

function plainKey(key: PublicKey | undefined): PublicKey | undefined {
  return key?.certifiedKey === undefined ? key : parsePublicKeyBlob(key.certifiedKey);
}

function publicKeyIn(path: string): PublicKey | undefined {
  try {
    return parsePublicKeyLine(readFileSync(path, 'utf8').trimEnd());
  } catch {
    return undefined;
  }
}

async function openSigner(
  path: string,
  bytes: Uint8Array,
  unlock: Unlock,
  keep: KeepKey,
): Promise<KeySigner> {
  const key = await openPrivateKey(path, bytes, unlock);
  try {
    await keep(path, key);
    return key.signer();
  } finally {
    wipe(key.secret);
  }
}

async function signerOf(
  path: string,
  key: PublicKey | undefined,
  log: Log,
  openOnce: () => Promise<KeySigner>,
): Promise<KeySigner | undefined> {
  let opened: KeySigner | undefined;
  const open = async (): Promise<KeySigner> => (opened ??= await openOnce());
  try {
    if (key === undefined) return await open();
    return {
      publicKey: key.blob,
      algorithms: signatureNamesOf(key.type),
      sign: async (message, algorithm) => (await open()).sign(message, algorithm),
    };
  } catch (cause) {
    tellKeyError(path, cause, log);
    return undefined;
  }
}

/** Why a key does not sign. That nobody gave its passphrase is known to whoever did not. */
export function tellKeyError(path: string, cause: unknown, log: Log): void {
  if (cause instanceof AgentError) {
    const reason = cause.code === 'refused' ? 'agent refused operation' : cause.message;
    log.error(`sign_and_send_pubkey: signing failed for "${path}" from agent: ${reason}`);
    return;
  }
  const text = `Load key "${path}": ${reasonOf(cause)}`;
  if (cause instanceof PrivateKeyError && cause.code.startsWith('passphrase-')) log.debug(text);
  else log.error(text);
}
