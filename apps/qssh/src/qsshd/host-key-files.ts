// The files with the server's keys.
import { existsSync } from 'node:fs';
import type { Settings } from '../sshd-config/directives.ts';

const FOLDER = '/etc/ssh';
/** Where there is no HostKey: made on the first start. */
const standard = ['qssh_host_mldsa44_ed25519_key', 'ssh_host_ed25519_key'];

/** The files that can be used. Those that are named and missing are told by `warn`. */
export function hostKeyFiles({ hostKey }: Pick<Settings, 'hostKey'>, warn: (text: string) => void): string[] {
  if (hostKey.length === 0)
    return standard.map((name) => `${FOLDER}/${name}`).filter((file) => existsSync(file));
  return hostKey.filter((file) => {
    if (existsSync(file)) return true;
    warn(`Unable to load host key: ${file}`);
    return false;
  });
}
