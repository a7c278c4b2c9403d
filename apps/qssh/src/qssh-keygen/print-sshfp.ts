import { type Sshfp, sshfpRecords } from '@orrery/keys';
import { existsSync } from 'node:fs';
import { has, valueOf } from './command-line.ts';
import { hostKeyPaths } from './make-host-keys.ts';
import { publicKeyIn } from './public-key-file.ts';
import { readFile } from './read-file.ts';
import { KeygenError, type Session } from './session.ts';

/** The number of the record's type (RFC 4255, section 3), for servers that do not know its name. */
const TYPE = 44;

/** -r: the SSHFP records of the key of -f, or of all keys of this host that have a number in the DNS. */
export async function printSshfp(session: Session): Promise<number> {
  const path = valueOf(session.line, 'f');
  const found = path === undefined ? ofThisHost() : [[path, recordsIn(path)] as const];
  for (const [file, records] of found) {
    if (records === undefined)
      throw new KeygenError(`${file}: keys of its type have no number in the DNS (SSHFP)`);
    for (const record of records) session.print(`${textOf(session, record)}\n`);
  }
  return 0;
}

function ofThisHost(): (readonly [string, readonly Sshfp[] | undefined])[] {
  const found = hostKeyPaths('')
    .map((path) => `${path}.pub`)
    .filter((path) => existsSync(path))
    .map((path) => [path, recordsIn(path)] as const)
    .filter(([, records]) => records !== undefined);
  if (found.length === 0) throw new KeygenError('no keys found.');
  return found;
}

function recordsIn(path: string): readonly Sshfp[] | undefined {
  const key = publicKeyIn(path, readFile(path));
  if (key === undefined) throw new KeygenError(`Failed to read v2 public key from "${path}"`);
  return sshfpRecords(key.blob);
}

function textOf({ line }: Session, { algorithm, type, fingerprint }: Sshfp): string {
  const name = valueOf(line, 'r') ?? '';
  const hash = fingerprint.toHex();
  if (!has(line, 'g')) return `${name} IN SSHFP ${algorithm} ${type} ${hash}`;
  const [first, second] = [algorithm, type].map((number) => number.toString(16).padStart(2, '0'));
  return `${name} IN TYPE${TYPE} \\# ${2 + fingerprint.length} ${first} ${second} ${hash}`;
}
