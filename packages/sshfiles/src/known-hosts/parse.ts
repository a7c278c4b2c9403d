import { FormatError } from '@orrery/bytes';
import { parsePublicKeyLine } from '@orrery/keys';
import { type ByteString, fromByteString, toByteString } from '../config/tokens.ts';
import { type Hosts, canonicalHosts, parseHosts } from './hosts.ts';

/** Upper bounds of a known_hosts file: bytes, lines, and bytes of a line that is looked into. */
export const maxKnownHostsBytes = 1 << 23;
export const maxKnownHostsLines = 100_000;
export const maxKnownHostsLine = 1 << 16;

/** A line that gives ssh no key. */
export interface OtherLine {
  /** `unreadable`: ssh passes over it, or reads it in a way that is not followed here. */
  readonly kind: 'blank' | 'comment' | 'unreadable';
  /** The exact bytes, line end included. */
  readonly source: ByteString;
  /** Equal for equal texts. */
  readonly identity: string;
  /** What probably are the hosts of an unreadable line. */
  readonly hostsField: ByteString;
}

/** A key for hosts. */
export interface Entry {
  readonly kind: 'entry';
  /** The exact bytes, line end included. */
  readonly source: ByteString;
  /** Equal for lines with the same marker, hosts and key. Comment, order and spelling do not count. */
  readonly identity: string;
  readonly marker: Marker;
  readonly hostsField: ByteString;
  readonly hosts: Hosts;
  readonly keyType: string;
  /** The key in base64, which has only one form. */
  readonly key: string;
}

export type Marker = '' | '@cert-authority' | '@revoked';
export type KnownHostsLine = OtherLine | Entry;

export interface KnownHosts {
  readonly lines: readonly KnownHostsLine[];
}

/**
 * Reads known_hosts (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) without losing a byte: any bytes are a known_hosts file,
 * and undefined (no file) is an empty one. Files with common lines are read faster with one map `parsed`.
 *
 * @throws RangeError for more than `maxKnownHostsBytes` or `maxKnownHostsLines`.
 */
export function parseKnownHosts(
  bytes: Uint8Array = new Uint8Array(),
  parsed: Map<ByteString, KnownHostsLine> = new Map(),
): KnownHosts {
  if (bytes.length > maxKnownHostsBytes) {
    throw new RangeError(
      `Cannot parse known_hosts of ${bytes.length} bytes: at most ${maxKnownHostsBytes} are allowed`,
    );
  }
  const sources = splitLines(toByteString(bytes));
  if (sources.length > maxKnownHostsLines) {
    throw new RangeError(
      `Cannot parse known_hosts of ${sources.length} lines: at most ${maxKnownHostsLines} are allowed`,
    );
  }
  return { lines: sources.map((source) => parsed.getOrInsertComputed(source, parseLine)) };
}

/** The bytes of a known_hosts file: exactly those that it was parsed from. */
export function printKnownHosts(file: KnownHosts): Uint8Array {
  return fromByteString(file.lines.map((line) => line.source).join(''));
}

export function identities(file: KnownHosts): ReadonlySet<string> {
  return new Set(file.lines.map(({ identity }) => identity));
}

/** The text of a line without its line end. */
export function lineText(line: KnownHostsLine): ByteString {
  return line.source.replace(/\r?\n$/, '');
}

/** What a key means for hosts, as one text. */
export function entryIdentity(entry: Pick<Entry, 'marker' | 'key'>, hosts: ByteString): string {
  return `${entry.marker} ${hosts} ${entry.key}`;
}

/** Only LF ends a line for ssh. */
function splitLines(text: ByteString): ByteString[] {
  const lines: ByteString[] = [];
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf('\n', start);
    const end = newline === -1 ? text.length : newline + 1;
    lines.push(text.slice(start, end));
    start = end;
  }
  return lines;
}

/** Follows OpenSSH's hostfile.c, up to 10.x: what that code skips is unreadable here. */
function parseLine(source: ByteString): KnownHostsLine {
  // A NUL ends the line for ssh.
  const [content = ''] = source.split(/[\0\n]/, 1);
  const text = content.replace(/^[ \t]+/, '');
  if (/^\r*$/.test(text)) return otherLine('blank', source);
  if (text.startsWith('#')) return otherLine('comment', source);
  const marked = splitMarker(text);
  const [before = '', hostsField = ''] = /^([^ \t]*)[ \t]+/.exec(marked?.rest ?? '') ?? [];
  const hosts = marked === undefined || text.length > maxKnownHostsLine ? undefined : parseHosts(hostsField);
  const key = parseKey(marked?.rest.slice(before.length) ?? '');
  if (marked === undefined || hosts === undefined || key === undefined || hostsField === '') {
    return otherLine('unreadable', source, probableHosts(text));
  }
  const identity = entryIdentity({ marker: marked.marker, key: key.key }, canonicalHosts(hosts));
  return { kind: 'entry', source, identity, marker: marked.marker, hostsField, hosts, ...key };
}

function otherLine(kind: OtherLine['kind'], source: ByteString, hostsField = ''): OtherLine {
  return { kind, source, identity: `${kind} ${source.replace(/\r?\n?$/, '')}`, hostsField };
}

/** One marker at most, which ends at the first blank; at a tab only if there is no blank in the whole line. */
function splitMarker(text: ByteString): { marker: Marker; rest: ByteString } | undefined {
  if (!text.startsWith('@')) return { marker: '', rest: text };
  const blank = text.indexOf(' ');
  const end = blank === -1 ? text.indexOf('\t') : blank;
  const marker = text.slice(0, Math.max(end, 0));
  const rest = text.slice(end).replace(/^[ \t]+/, '');
  if ((marker !== '@cert-authority' && marker !== '@revoked') || rest.startsWith('@')) return undefined;
  return { marker, rest };
}

function parseKey(text: ByteString): Pick<Entry, 'keyType' | 'key'> | undefined {
  const [, keyType, base64] = /^([^ \t]+)[ \t]+([^ \t]+)/.exec(text) ?? [];
  if (keyType === undefined || base64 === undefined || base64.length > maxKnownHostsLine) return undefined;
  // ssh passes over these in base64; a CR before the line end is the usual case.
  const key = base64.replaceAll(/[\v\f\r]/g, '');
  try {
    return { keyType: parsePublicKeyLine(`${keyType} ${key}`).type, key };
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/** The hosts field of a line that cannot be read, behind anything like a marker. */
function probableHosts(text: ByteString): ByteString {
  return text.split(/[ \t]+/).find((word) => !word.startsWith('@')) ?? '';
}
