// -F, -H and -R: what known_hosts says of a host (ssh-keygen(1)).
import {
  DiskError,
  type Stamp,
  readRegularFile,
  removeFile,
  statRegularFile,
  writeFileAtomic,
} from '@orrery/disk';
import { fingerprint, parsePublicKeyBlob } from '@orrery/keys';
import {
  type KnownHosts,
  type KnownHostsEntry,
  type KnownHostsLine,
  hashHostName,
  isEntryFor,
  parseKnownHosts,
} from '@orrery/sshfiles';
import { visible } from '@orrery/terminal';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { failureText } from '../copy/reason.ts';
import { keyWord } from '../qssh/host-key/key-words.ts';
import { has, valueOf } from './command-line.ts';
import { randomArt } from './random-art.ts';
import { KeygenError, type Session } from './session.ts';
import { readHash } from './show-fingerprints.ts';

/** Longest file, in bytes. */
const MAX_FILE = 8_388_608;

interface HostsFile {
  readonly path: string;
  /** Behind the number of a line; empty for the file that ssh-keygen would look at. */
  readonly where: string;
  readonly bytes: Uint8Array;
  readonly stamp: Stamp;
  readonly hosts: KnownHosts;
}

const marks = { '': '', '@cert-authority': 'CA', '@revoked': 'REVOKED' } as const;

/** -F: prints the lines about a host; with -H hashed, with -l their fingerprints. Whether there is one is the exit code. */
export async function findHost(session: Session): Promise<number> {
  const { line, print } = session;
  const host = valueOf(line, 'F') ?? '';
  const found = open(session).flatMap(({ hosts, where }) =>
    hosts.lines.flatMap((one, index) =>
      isAbout(one, host) ? [{ entry: one, place: `line ${index + 1}${where}` }] : [],
    ),
  );
  for (const { entry, place } of found) {
    if (!has(line, 'q')) print(`# Host ${visible(host)} found: ${place} ${marks[entry.marker]}\n`);
    if (has(line, 'H')) print(bytesOf(hashed(entry) ?? whole(entry)));
    else if (has(line, 'l')) print(fingerprintOf(session, entry, host));
    else print(bytesOf(whole(entry)));
  }
  return found.length > 0 ? 0 : 1;
}

/** -H: hashes all names of hosts. */
export async function hashHosts(session: Session): Promise<number> {
  return Math.max(...open(session).map((file) => hashFile(session, file)));
}

function hashFile(session: Session, file: HostsFile): number {
  let wasReadable = false;
  const lines = file.hosts.lines.map((line, index) => {
    if (line.kind === 'entry' && line.hosts.kind === 'list' && hasPattern(line))
      session.say(
        `${file.path}:${index + 1}: ignoring host name with wildcard: ${visible(line.hostsField.slice(0, 64))}`,
      );
    const text = line.kind === 'entry' ? hashed(line) : undefined;
    wasReadable ||= text !== undefined;
    return text ?? whole(line);
  });
  const code = replace(session, file, lines.join(''));
  if (code === 0 && wasReadable) {
    session.say(`WARNING: ${file.path}.old contains unhashed entries`);
    session.say('Delete this file to ensure privacy of hostnames');
  }
  return code;
}

/** -R: takes away what is known of a host, but for authorities and what is revoked. */
export async function removeHost(session: Session): Promise<number> {
  return Math.max(...open(session).map((file) => removeFrom(session, file)));
}

function removeFrom(session: Session, file: HostsFile): number {
  const { line, print, say } = session;
  const host = valueOf(line, 'R') ?? '';
  const kept: string[] = [];
  for (const [index, one] of file.hosts.lines.entries()) {
    if (!isAbout(one, host) || one.marker !== '') kept.push(whole(one));
    else if (!has(line, 'q')) print(`# Host ${visible(host)} found: line ${index + 1}${file.where}\n`);
  }
  if (kept.length < file.hosts.lines.length || !isWhole(file)) return replace(session, file, kept.join(''));
  say(`Host ${visible(host)} not found in ${file.path}`);
  return 0;
}

/** The file of -f; else that of OpenSSH, and the one in which qssh keeps keys that OpenSSH does not know, as far as they are there. */
function open({ line, home }: Session): readonly HostsFile[] {
  const path = valueOf(line, 'f');
  if (path !== undefined) return [openFile(path, '')];
  const usual = join(home, '.ssh', 'known_hosts');
  const own = join(home, '.qssh', 'known_hosts');
  if (!existsSync(own)) return [openFile(usual, '')];
  return [...(existsSync(usual) ? [openFile(usual, '')] : []), openFile(own, ` of ${own}`)];
}

function openFile(path: string, where: string): HostsFile {
  try {
    const { bytes, stamp } = readRegularFile(path, MAX_FILE);
    return { path, where, bytes, stamp, hosts: parseKnownHosts(bytes) };
  } catch (cause) {
    if (cause instanceof DiskError)
      throw new KeygenError(
        cause.code === 'ENOENT' ? `Cannot stat ${path}: No such file or directory` : cause.message,
      );
    if (cause instanceof RangeError) throw new KeygenError(`Cannot read ${path}: ${cause.message}`);
    throw cause;
  }
}

/** The old file stays beside the new one; a file with a line that makes no sense is left alone. */
function replace({ print, say }: Session, file: HostsFile, text: string): number {
  const { path, bytes, stamp, hosts } = file;
  if (!isWhole(file)) {
    for (const [index, { kind }] of hosts.lines.entries())
      if (kind === 'unreadable') say(`${path}:${index + 1}: invalid line`);
    say(`${path} is not a valid known_hosts file.`);
    say('Not replacing existing known_hosts file because of errors');
    return 1;
  }
  const mode = stamp.mode & 0o777;
  try {
    const old = statRegularFile(`${path}.old`);
    if (old !== undefined) removeFile(`${path}.old`, { expect: old });
    writeFileAtomic(`${path}.old`, bytes, { mode, expect: null });
    writeFileAtomic(path, bytesOf(text), { mode, expect: stamp });
  } catch (cause) {
    if (cause instanceof DiskError) throw new KeygenError(failureText(cause));
    throw cause;
  }
  print(`${path} updated.\nOriginal contents retained as ${path}.old\n`);
  return 0;
}

function isWhole({ hosts }: HostsFile): boolean {
  return hosts.lines.every(({ kind }) => kind !== 'unreadable');
}

function isAbout(line: KnownHostsLine, host: string): line is KnownHostsEntry {
  return line.kind === 'entry' && isEntryFor(line, host.toLowerCase());
}

/** A line for each name; undefined for an entry that stays as it is. */
function hashed(entry: KnownHostsEntry): string | undefined {
  if (entry.hosts.kind === 'hashed' || entry.marker !== '' || hasPattern(entry)) return undefined;
  return entry.hosts.names
    .map((name) => `${hashHostName(Buffer.from(name, 'latin1').toString())} ${keyPart(entry)}\n`)
    .join('');
}

function hasPattern({ hosts }: KnownHostsEntry): boolean {
  return hosts.kind === 'list' && hosts.patterns.length + hosts.negated.length > 0;
}

/** Behind the names of hosts. */
function keyPart({ source, hostsField }: KnownHostsEntry): string {
  return source
    .slice(source.indexOf(hostsField) + hostsField.length)
    .replace(/^[ \t]+/, '')
    .replace(/\r?\n$/, '');
}

function fingerprintOf(session: Session, entry: KnownHostsEntry, host: string): string {
  const hash = readHash(session);
  const key = parsePublicKeyBlob(Uint8Array.fromBase64(entry.key));
  const [, comment = ''] = /^[^ \t]+[ \t]+[^ \t]+[ \t]*(.*)$/.exec(keyPart(entry)) ?? [];
  const words = [host, keyWord(key.type), fingerprint(key.blob, hash), comment];
  const text = `${words
    .filter((word) => word !== '')
    .map(visible)
    .join(' ')}\n`;
  return has(session.line, 'v') ? `${text}${randomArt(key, hash)}\n` : text;
}

function whole({ source }: KnownHostsLine): string {
  return source.endsWith('\n') ? source : `${source}\n`;
}

/** The lines of known_hosts are bytes. */
function bytesOf(text: string): Uint8Array {
  return Buffer.from(text, 'latin1');
}
