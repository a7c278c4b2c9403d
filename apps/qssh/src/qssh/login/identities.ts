// The user's keys: which there are, and what it takes to sign with one.
import { readFileSync, statSync } from 'node:fs';
import {
  type KeySigner,
  PrivateKeyError,
  type PublicKey,
  fingerprint,
  parsePublicKeyLine,
  recognisePrivateKey,
  signatureNamesOf,
} from '@orrery/keys';
import type { ClientConfig } from '../../config/load-config.ts';
import { failureText, reasonOf } from '../../copy/reason.ts';
import { expandPath } from '../../config/expand-settings.ts';
import type { Log } from '../log.ts';
import { type Unlock, openPrivateKey } from './open-private-key.ts';

/** A key file. */
export interface Identity {
  readonly path: string;
  /** As in `ssh-keygen -l`; undefined if the file tells only with its passphrase. */
  readonly fingerprint: string | undefined;
  /** Signs; a passphrase is asked for when it is needed, not before. Undefined: the key cannot be used. */
  signer(): Promise<KeySigner | undefined>;
}

/** The keys of IdentityFile, in order. */
export function findIdentities(
  config: ClientConfig,
  environment: Readonly<Record<string, string | undefined>>,
  log: Log,
  unlock: Unlock,
): readonly Identity[] {
  const files = config.settings.all('identityfile').filter((file) => file.toLowerCase() !== 'none');
  return files.flatMap((file) => {
    const path = expandPath(file, config, environment);
    const bytes = readKeyFile(path, log);
    if (bytes === undefined) return [];
    const key = publicKeyOf(path, bytes);
    if (isTooShort(key, config)) {
      log.debug(`Skipping ${path}: it has fewer bits than RequiredRSASize`);
      return [];
    }
    return [
      {
        path,
        fingerprint: key === undefined ? undefined : fingerprint(key.blob, 'sha256'),
        signer: () => signerOf(path, bytes, key, log, unlock),
      },
    ];
  });
}

function isTooShort(key: PublicKey | undefined, { settings }: ClientConfig): boolean {
  return key?.type === 'ssh-rsa' && (key.bits ?? 0) < (settings.number('requiredrsasize') ?? 0);
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

/** Most containers tell the public key; beside others lies a `.pub` file. */
function publicKeyOf(path: string, bytes: Uint8Array): PublicKey | undefined {
  const inside = recognisePrivateKey(bytes)?.publicKey;
  if (inside !== undefined) return inside;
  try {
    return parsePublicKeyLine(readFileSync(`${path}.pub`, 'utf8').trimEnd());
  } catch {
    return undefined;
  }
}

async function signerOf(
  path: string,
  bytes: Uint8Array,
  key: PublicKey | undefined,
  log: Log,
  unlock: Unlock,
): Promise<KeySigner | undefined> {
  let opened: KeySigner | undefined;
  const open = async (): Promise<KeySigner> => (opened ??= await openPrivateKey(path, bytes, unlock));
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
  const text = `Load key "${path}": ${reasonOf(cause)}`;
  if (cause instanceof PrivateKeyError && cause.code.startsWith('passphrase-')) log.debug(text);
  else log.error(text);
}
