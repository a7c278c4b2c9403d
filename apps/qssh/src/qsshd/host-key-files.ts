// The files with the server's keys.
import { ensurePrivateFolder, writeFileAtomic } from '@orrery/disk';
import { formatPrivateKey, generatePrivateKey, parsePublicKeyBlob, printPublicKeyLine } from '@orrery/keys';
import { utf8 } from '@orrery/bytes';
import { existsSync } from 'node:fs';
import { homedir, hostname } from 'node:os';
import { join } from 'node:path';
import type { Settings } from '../sshd-config/directives.ts';
import { serverFolder } from './server-folder.ts';

/** Where there is no HostKey: made on the first start, the one that is post-quantum first. */
const standard: Readonly<Record<string, string>> = {
  ssh_host_mldsa44_ed25519_key: 'ssh-mldsa44-ed25519',
  ssh_host_ed25519_key: 'ssh-ed25519',
};

/** The files that can be used. Those that are named and missing are told by `warn`, unless an agent may have them. */
export function hostKeyFiles(
  { hostKey, hostKeyAgent }: Pick<Settings, 'hostKey' | 'hostKeyAgent'>,
  warn: (text: string) => void,
): string[] {
  if (hostKey.length === 0)
    return Object.keys(standard)
      .map((name) => join(serverFolder(), name))
      .filter((file) => existsSync(file));
  return hostKey.filter((file) => {
    if (existsSync(file) || (hostKeyAgent !== undefined && existsSync(`${file}.pub`))) return true;
    warn(`Unable to load host key: ${file}`);
    return false;
  });
}

/** Makes the keys that are missing, for whoever names none: nobody but root, or this user, can read them. */
export function makeHostKeys({ hostKey }: Pick<Settings, 'hostKey'>): void {
  if (hostKey.length > 0) return;
  const folder = serverFolder();
  if (process.getuid?.() !== 0) ensurePrivateFolder(folder, { home: homedir() });
  for (const [name, type] of Object.entries(standard)) {
    const file = join(folder, name);
    if (existsSync(file)) continue;
    const key = generatePrivateKey(type, `${process.getuid?.() === 0 ? 'root' : 'qsshd'}@${hostname()}`);
    const text = formatPrivateKey(key);
    writeFileAtomic(file, text, { mode: 0o600, expect: null });
    text.fill(0);
    const line = printPublicKeyLine({ ...parsePublicKeyBlob(key.publicKey), comment: key.comment });
    writeFileAtomic(`${file}.pub`, utf8(`${line}\n`), { mode: 0o644 });
  }
}
