import { equal } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import {
  type PrivateKey,
  PrivateKeyError,
  decryptPrivateKey,
  parseCertificate,
  parsePrivateKey,
} from '@orrery/keys';
import type { AddOptions } from '@orrery/ssh';
import { visible } from '@orrery/terminal';
import { reasonOf } from '../copy/reason.ts';
import { readDestinations } from './destinations.ts';
import {
  STANDARD_INPUT,
  certificateOf,
  certificatePath,
  defaultFiles,
  readPrivateFile,
} from './key-files.ts';
import { type Session, problemOf } from './session.ts';

/** Whether all went well; of the default files, one is enough. @throws {DestinationError} */
export async function addFiles(session: Session): Promise<boolean> {
  const { line, home } = session;
  const { confirm, lifetimeSeconds } = line;
  const destinations = line.destinations.length === 0 ? undefined : readDestinations(line, home);
  const unlocker = new Unlocker(session);
  const files = line.files.length > 0 ? line.files : defaultFiles(home);
  const results: boolean[] = [];
  for (const path of files)
    results.push(await addFile(path, session, unlocker, { confirm, lifetimeSeconds, destinations }));
  unlocker.forget();
  return results.length > 0 && results.every(Boolean);
}

async function addFile(
  path: string,
  session: Session,
  unlocker: Unlocker,
  options: AddOptions,
): Promise<boolean> {
  const bytes = readPrivateFile(path, session);
  const name = path === STANDARD_INPUT ? '(stdin)' : path;
  const found = bytes === undefined ? undefined : await unlocker.open(name, bytes);
  if (found === undefined) return false;
  const key = found.comment === '' ? { ...found, comment: name } : found;
  try {
    const text = `Identity added: ${name} (${visible(key.comment)})`;
    const isAdded = await addKey(session, key, options, name, text);
    const isCertified = session.line.isKeyOnly || path === STANDARD_INPUT;
    return isAdded && (isCertified || (await addCertificate(path, session, key, options)));
  } finally {
    wipe(key.secret);
  }
}

/** There need not be one. */
async function addCertificate(
  path: string,
  session: Session,
  key: PrivateKey,
  options: AddOptions,
): Promise<boolean> {
  const found = certificateOf(path);
  if (found?.certifiedKey === undefined) return true;
  const file = certificatePath(path);
  if (!equal(found.certifiedKey, key.publicKey)) {
    session.say(`Certificate ${file} does not match private key ${path}`);
    return false;
  }
  const text = `Certificate added: ${file} (${visible(parseCertificate(found.blob).keyId)})`;
  return addKey(session, key, { ...options, certificate: found.blob }, file, text);
}

async function addKey(
  { client, line, say }: Session,
  key: PrivateKey,
  options: AddOptions,
  path: string,
  text: string,
): Promise<boolean> {
  try {
    await client.add(key, options);
  } catch (cause) {
    say(`Could not add identity "${path}": ${problemOf(cause)}`);
    return false;
  }
  if (line.isQuiet) return true;
  say(text);
  if (options.lifetimeSeconds !== undefined) say(`Lifetime set to ${options.lifetimeSeconds} seconds`);
  if (options.confirm === true) say('The user must confirm each use of the key');
  return true;
}

/** Opens private keys; a passphrase that was given for one is tried for the next. */
class Unlocker {
  readonly #session: Session;
  #last: Uint8Array | undefined;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Undefined: it could not be opened, which was said. */
  async open(path: string, bytes: Uint8Array): Promise<PrivateKey | undefined> {
    const { say, ask, line } = this.#session;
    const name = `${path}${line.confirm ? ' (will confirm each use)' : ''}`;
    try {
      const key = await this.#try(bytes, undefined);
      if (key !== undefined) return key;
      const again = this.#last === undefined ? undefined : await this.#try(bytes, this.#last);
      if (again !== undefined) return again;
      for (
        let prompt = `Enter passphrase for ${name}: `;
        ;
        prompt = `Bad passphrase, try again for ${name}: `
      ) {
        const passphrase = await ask.secret(prompt);
        if (passphrase === undefined || passphrase.length === 0) return undefined;
        this.forget();
        this.#last = passphrase;
        const opened = await this.#try(bytes, passphrase);
        if (opened !== undefined) return opened;
      }
    } catch (cause) {
      if (!(cause instanceof PrivateKeyError)) throw cause;
      say(`Error loading key "${path}": ${reasonOf(cause)}`);
      return undefined;
    } finally {
      wipe(bytes);
    }
  }

  forget(): void {
    if (this.#last !== undefined) wipe(this.#last);
    this.#last = undefined;
  }

  /** Undefined: by another passphrase. */
  async #try(bytes: Uint8Array, passphrase: Uint8Array | undefined): Promise<PrivateKey | undefined> {
    try {
      return passphrase === undefined ? parsePrivateKey(bytes) : await decryptPrivateKey(bytes, passphrase);
    } catch (cause) {
      if (cause instanceof PrivateKeyError && cause.code.startsWith('passphrase-')) return undefined;
      throw cause;
    }
  }
}
