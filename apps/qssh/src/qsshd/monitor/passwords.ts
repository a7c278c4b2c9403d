// Passwords of the file that PasswordFile names.
import { wipe } from '@orrery/crypto';
import { readRegularFile } from '@orrery/disk';
import { anyPassword, findPassword, MAX_PASSWORD_FILE } from '../../passwords/password-file.ts';
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
    const { own, other } = hashesIn(file, name, log);
    return await verifyPassword(own, password, other);
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

/** Of the user, and of anybody: who has no password must take as long as the others. */
interface Hashes {
  readonly own: string | undefined;
  readonly other: string | undefined;
}

/** Read each time: it may have changed. A file that others can read or write is as good as none. */
function hashesIn(file: string, name: string, log: Log): Hashes {
  try {
    const { bytes, stamp } = readRegularFile(file, MAX_PASSWORD_FILE);
    if ((stamp.mode & 0o077) === 0) {
      const text = new TextDecoder().decode(bytes);
      return { own: findPassword(text, name), other: anyPassword(text) };
    }
    log.error(`Cannot use the passwords in "${file}": others can read or write it; run "chmod 600" on it`);
  } catch (error) {
    log.error(error instanceof Error ? error.message : String(error));
  }
  return { own: undefined, other: undefined };
}
