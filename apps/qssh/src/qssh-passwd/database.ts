// The file of passwords on disk: its owner's alone, changed by one process at a time, whole or not at all.
import { DiskError, readRegularFile, withLock, writeFileAtomic, type Stamp } from '@orrery/disk';
import { MAX_PASSWORD_FILE, withPassword } from '../passwords/password-file.ts';

const MODE = 0o600;
/** For another qssh-passwd. */
const WAIT_SECONDS = 10;

/** A file that is not there is empty. @throws {DiskError} */
export function readFile(path: string): { readonly text: string; readonly stamp: Stamp | null } {
  try {
    const { bytes, stamp } = readRegularFile(path, MAX_PASSWORD_FILE);
    return { text: new TextDecoder().decode(bytes), stamp };
  } catch (error) {
    if (error instanceof DiskError && error.code === 'ENOENT') return { text: '', stamp: null };
    throw error;
  }
}

/**
 * Sets the hash of a user; undefined takes it away. Whether anything is another now.
 * @throws {DiskError} @throws {SyntaxError} if a line of the file is none: nothing is changed then.
 */
export function changeFile(path: string, user: string, hash: string | undefined): Promise<boolean> {
  return withLock(`${path}.lock`, { holder: 'qssh-passwd', waitSeconds: WAIT_SECONDS }, () => {
    const { text, stamp } = readFile(path);
    const changed = withPassword(text, user, hash);
    if (changed === text) return false;
    writeFileAtomic(path, new TextEncoder().encode(changed), { mode: MODE, expect: stamp });
    return true;
  });
}
