// Passwords of the file that PasswordFile names.
import { wipe } from '@orrery/crypto';
import { readRegularFile } from '@orrery/disk';
import { findPassword, MAX_PASSWORD_FILE } from '../../passwords/password-file.ts';
import { verifyPassword } from '../../passwords/password-hash.ts';
import type { Log } from '../log.ts';

/** Passwords that are looked at together: each takes 64 MiB. Others wait for their turn. */
const AT_ONCE = 2;

let running = 0;
const waiting: (() => void)[] = [];

/** Whether it is the password of a user; takes as long for one who has none. Wipes it. */
export async function checkPassword(
  { file, name, log }: { readonly file: string; readonly name: string; readonly log: Log },
  password: Uint8Array,
): Promise<boolean> {
  if (running < AT_ONCE) running += 1;
  else await new Promise<void>((resolve) => waiting.push(resolve)); // whoever is done leaves its place
  try {
    return await verifyPassword(hashOf(file, name, log), password);
  } catch (error) {
    log.error(
      `The password of a user in "${file}": ${error instanceof Error ? error.message : String(error)}`,
    );
    return false;
  } finally {
    wipe(password);
    const next = waiting.shift();
    if (next === undefined) running -= 1;
    else next();
  }
}

/** Read each time: it may have changed. A file that others can read or write is as good as none. */
function hashOf(file: string, name: string, log: Log): string | undefined {
  try {
    const { bytes, stamp } = readRegularFile(file, MAX_PASSWORD_FILE);
    if ((stamp.mode & 0o077) === 0) return findPassword(new TextDecoder().decode(bytes), name);
    log.error(`Cannot use the passwords in "${file}": others can read or write it; run "chmod 600" on it`);
  } catch (error) {
    log.error(error instanceof Error ? error.message : String(error));
  }
  return undefined;
}
