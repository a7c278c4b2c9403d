import { equalSecret, wipe } from '@orrery/crypto';
import { readTerminalLine } from '@orrery/terminal';
import { readSync } from 'node:fs';
import { MAX_PASSWORD } from '../passwords/password-hash.ts';

/** Bytes, which the caller wipes. @param isNew It is asked for twice. @throws {Error} if there is none. */
export async function askPassword(user: string, isNew: boolean): Promise<Uint8Array> {
  if (!process.stdin.isTTY) return readFirstLine();
  const password = await ask(isNew ? `New password for ${user}: ` : `Password for ${user}: `);
  if (!isNew) return password;
  const again = await ask('The same again: ');
  const isSame = again.length === password.length && equalSecret(again, password);
  wipe(again);
  if (isSame) return password;
  wipe(password);
  throw new Error('Cannot set the password: the second one is another; nothing is changed');
}

async function ask(prompt: string): Promise<Uint8Array> {
  const line = await readTerminalLine(prompt, false);
  if (line === undefined) throw new Error('Cannot go on without a password: nothing is changed');
  return line;
}

/** Byte by byte: what comes behind the line is not for this program. */
function readFirstLine(): Uint8Array {
  const line = new Uint8Array(MAX_PASSWORD + 1);
  let length = 0;
  while (length < line.length && readSync(0, line, length, 1, null) === 1 && line[length] !== 0x0a)
    length += 1;
  const password = line.slice(0, length);
  wipe(line);
  return password;
}
