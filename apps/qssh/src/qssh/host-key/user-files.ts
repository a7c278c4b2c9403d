// In which of the user's files host keys are kept.
import type { ClientConfig } from '../../config/load-config.ts';

/** Types for which ssh-keygen of OpenSSH before 10.5 refuses the whole file. */
const newTypes: readonly string[] = ['ssh-mldsa44-ed25519', 'ssh-mldsa44-ed25519@openssh.com'];

/** Whether released tools of OpenSSH know nothing of a type of key. */
export function isNewType(type: string): boolean {
  return newTypes.includes(type);
}

/** All files in which the user's keys of hosts are. */
export function userFiles({ settings, ownKnownHosts }: ClientConfig): readonly string[] {
  const own = ownKnownHosts === undefined ? [] : [ownKnownHosts];
  return [...settings.all('userknownhostsfile').filter((path) => path.toLowerCase() !== 'none'), ...own];
}

/** The file that a key of this type is added to; undefined if keys are not kept. */
export function fileFor(type: string, { settings, ownKnownHosts }: ClientConfig): string | undefined {
  if (ownKnownHosts !== undefined && isNewType(type)) return ownKnownHosts;
  const [file] = settings.all('userknownhostsfile');
  return file === undefined || file.toLowerCase() === 'none' || file === '/dev/null' ? undefined : file;
}
