import { equal } from '@orrery/bytes';
import { type PublicKey, parsePublicKeyLine } from '@orrery/keys';
import { visible } from '@orrery/terminal';
import { readFileSync } from 'node:fs';
import { typeWord } from '../qssh/host-key/key-words.ts';
import { STANDARD_INPUT, certificateOf, certificatePath, defaultFiles, publicKeyOf } from './key-files.ts';
import { type Session, problemOf } from './session.ts';

export async function removeAll({ client, line, say }: Session): Promise<boolean> {
  try {
    await client.removeAll();
  } catch {
    say('Failed to remove all identities.');
    return false;
  }
  if (!line.isQuiet) say('All identities removed.');
  return true;
}

/** Keys in files and their certificates, or public keys from standard input. */
export async function removeFiles(session: Session): Promise<boolean> {
  const { line, home } = session;
  const files = line.files.length > 0 ? line.files : defaultFiles(home);
  const results: boolean[] = [];
  for (const path of files)
    results.push(path === STANDARD_INPUT ? await removeListed(session) : await removeFile(path, session));
  return results.length > 0 && results.every(Boolean);
}

async function removeFile(path: string, session: Session): Promise<boolean> {
  const key = publicKeyOf(path);
  if (key === undefined) {
    session.say(`Bad key file ${path}: no public key in it`);
    return false;
  }
  const isRemoved = await removeKey(key, path, session);
  const certificate = session.line.isKeyOnly ? undefined : certificateOf(path);
  if (certificate?.certifiedKey === undefined) return isRemoved;
  if (!equal(certificate.certifiedKey, key.certifiedKey ?? key.blob)) {
    session.say(`Certificate ${certificatePath(path)} does not match private key ${path}`);
    return false;
  }
  return (await removeKey(certificate, certificatePath(path), session)) && isRemoved;
}

async function removeListed(session: Session): Promise<boolean> {
  const lines = readFileSync(0, 'utf8').split('\n');
  const results: boolean[] = [];
  for (const line of lines
    .map((text) => text.trim())
    .filter((text) => text !== '' && !text.startsWith('#'))) {
    const key = lineKey(line);
    if (key === undefined) session.say('(stdin): invalid key');
    else results.push(await removeKey(key, '(stdin)', session));
  }
  return results.length > 0 && results.every(Boolean);
}

function lineKey(line: string): PublicKey | undefined {
  try {
    return parsePublicKeyLine(line);
  } catch {
    return undefined;
  }
}

async function removeKey(key: PublicKey, path: string, { client, line, say }: Session): Promise<boolean> {
  try {
    await client.remove(key.blob);
  } catch (cause) {
    say(`Could not remove identity "${path}": ${problemOf(cause)}`);
    return false;
  }
  if (!line.isQuiet) say(`Identity removed: ${path} ${typeWord(key)} (${visible(key.comment ?? path)})`);
  return true;
}
