import { wipe } from '@orrery/crypto';
import { statSync } from 'node:fs';
import { valueOf } from './command-line.ts';
import { findKind } from './key-kinds.ts';
import { defaultComment, newKey } from './make-keys.ts';
import { placeOf, saveKeyPair } from './save-key.ts';
import { KeygenError, type Session } from './session.ts';

/** What -t names, and the file. */
const hostKeys = [
  ['mldsa44-ed25519', 'ssh_host_mldsa44_ed25519_key'],
  ['rsa', 'ssh_host_rsa_key'],
  ['ecdsa', 'ssh_host_ecdsa_key'],
  ['ed25519', 'ssh_host_ed25519_key'],
] as const;

/** The keys of this host that are missing in /etc/ssh, or in that folder below -f. They have no passphrase. */
export async function makeHostKeys(session: Session): Promise<number> {
  const { line, print, say } = session;
  const paths = hostKeyPaths(valueOf(line, 'f') ?? '');
  const missing = hostKeys.flatMap(([name], at) => {
    const path = paths[at] ?? '';
    return hasContent(path) ? [] : [{ name, path }];
  });
  if (missing.length === 0) return 0;
  print('qssh-keygen: generating new host keys: ');
  let failures = 0;
  for (const { name, path } of missing) {
    print(`${name.toUpperCase()} `);
    try {
      await makeHostKey(session, name, path);
    } catch (cause) {
      if (!(cause instanceof KeygenError)) throw cause;
      failures += 1;
      say(cause.message);
    }
  }
  print('\n');
  return failures === 0 ? 0 : 1;
}

/** Where the keys of the host are, or may be, below a folder. */
export function hostKeyPaths(root: string): readonly string[] {
  return hostKeys.map(([, file]) => `${root}/etc/ssh/${file}`);
}

async function makeHostKey(session: Session, name: string, path: string): Promise<void> {
  const places = { secret: placeOf(path), public: placeOf(`${path}.pub`) };
  const key = await newKey(findKind(name, undefined), defaultComment(), undefined, true);
  try {
    await saveKeyPair(session, key, path, new Uint8Array(), places);
  } finally {
    wipe(key.secret);
  }
}

/** An empty file is as good as none: a write that never ended. */
function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}
