import { loadChroot } from '../session/become.ts';

/**
 * Ids from here on belong to no account and to no container (systemd's list of them, uid_t below 2^31). The largest
 * number of a process is 2^22.
 */
const FIRST_OWN_ID = 1_879_048_192;

/** A folder in which nobody can make anything, and which is gone with this process. */
const NOTHING = '/proc/self/fdinfo';

/**
 * Gives up what a worker does not need: to be root, to see any file, and by the permission model to read, to write, to
 * connect and to start programs. All code is loaded by now.
 * @param identity `uid:gid` of the account for services, or nothing to stay who it is.
 */
export async function confine(identity: string): Promise<void> {
  const [uid, gid] = identity.split(':').map(Number);
  if (identity !== '' && uid !== undefined && gid !== undefined) {
    await leaveFiles();
    process.setgroups?.([]);
    process.setgid?.(gid);
    becomeNobodyElse(uid);
  }
  process.permission?.drop('ffi');
  process.permission?.drop('fs.read');
}

/** Where there is no FFI, the permission model has to do. */
async function leaveFiles(): Promise<void> {
  const chroot = await loadChroot().catch(() => undefined);
  if (chroot === undefined) return;
  process.chdir(NOTHING);
  if (chroot(NOTHING) !== 0) throw new Error('Cannot leave all files behind: chroot failed');
  process.chdir('/');
}

/** An id of its own: processes of one id could end each other, the signer among them. @param uid Where that id is none. */
function becomeNobodyElse(uid: number): void {
  try {
    process.setuid?.(FIRST_OWN_ID + process.pid);
  } catch (error) {
    // In a container that maps fewer ids.
    if (!(error instanceof Error && 'code' in error && error.code === 'EINVAL')) throw error;
    process.setuid?.(uid);
  }
}
