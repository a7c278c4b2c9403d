// Root becomes a user, perhaps below another root of the file system. There is no way back.
import { identifyRoot } from '../root-folder.ts';
import type { Become } from './task.ts';

declare global {
  namespace NodeJS {
    interface Process {
      /** initgroups(3); the types of Node do not have it. */
      initgroups?(user: string, group: number): void;
    }
  }
}

/** @throws {Error} if any of it fails: nothing may go on then. */
export async function become({ account, root, isRoot }: Become): Promise<void> {
  if (!isRoot) {
    if (root !== undefined) throw new Error('Cannot change the root: only root can');
    return;
  }
  if (!process.initgroups || !process.setgid || !process.setuid)
    throw new Error('Cannot become a user: the system has none');
  process.initgroups(account.name, account.gid);
  if (root !== undefined) await changeRoot(root);
  process.setgid(account.gid);
  process.setuid(account.uid);
  if (process.getuid?.() !== account.uid || process.geteuid?.() !== account.uid)
    throw new Error(`Cannot become "${account.name}": it did not work`);
}

/** chroot(2), which Node itself does not have. @throws {Error} also if somebody else than root could change what is there. */
async function changeRoot(path: string): Promise<void> {
  identifyRoot(path);
  const chroot = await loadChroot();
  process.chdir(path);
  if (chroot(path) !== 0) throw new Error(`Cannot change the root to "${path}": chroot failed`);
  process.chdir('/');
}

/** @throws {Error} where there is no node:ffi. */
export async function loadChroot(): Promise<(path: string) => number> {
  const { dlopen } = await import('node:ffi');
  const { functions } = dlopen(null, { chroot: { arguments: ['string'], return: 'int32' } });
  return (path) => functions.chroot(path);
}
