import { utf8 } from '@orrery/bytes';
import { checkFileName, foldFileName } from '@orrery/disk';
import { sha256 } from '@orrery/crypto';
import {
  removedKnownHosts,
  reviewConfig,
  reviewForgotten,
  reviewKnownHosts,
  type ReviewItem,
} from '@orrery/sshfiles';
import { MAX_FORMER_BYTES } from './folder-state.ts';
import type { Ground } from './ground.ts';
import { isKeyFile } from './key-file.ts';
import { isCode } from './name-kinds.ts';
import { kindsOf, type FileKind } from './references.ts';

/** A change of a local file by content from elsewhere, in stored form; undefined: no such file. */
export interface Arrival {
  readonly name: string;
  readonly current: Uint8Array | undefined;
  readonly incoming: Uint8Array | undefined;
  /** The incoming mode lets it be run. */
  readonly executable?: boolean;
}

/** A line, or a whole file, that a person must accept before the file changes. Its id is of this file alone. */
export interface PendingLine extends ReviewItem {
  readonly name: string;
}

/**
 * Why a name from the server is not used here at all; undefined if it is fine.
 * @param taken Folded names that others of the folder have, with those others.
 */
export function refuseName(name: string, taken: ReadonlyMap<string, string>): string | undefined {
  const other = taken.get(foldFileName(name));
  if (other !== undefined && other !== name) return `on some systems it is the same file as "${other}"`;
  return checkFileName(name);
}

/** The lines of an arrival that need acceptance, by everything that the file is or becomes. */
export function reviewArrival(arrival: Arrival, ground: Ground): readonly PendingLine[] {
  const { name } = arrival;
  const was = kindsOf(name, ground.present);
  const kinds = kindsOf(name, ground.references);
  const items = kinds.flatMap((kind) => {
    // What stood here with no meaning was never looked at: all of it counts as new.
    const seen = was.includes(kind) ? arrival : { ...arrival, current: undefined };
    return reviewOrRefuse(kind, seen, ground).map((item) => ({
      ...item,
      name,
      id: idIn(name, kind, item.id),
    }));
  });
  const isWhole = kinds.some((kind) => ['program', 'revoked', 'guard'].includes(kind));
  return isWhole ? items : [...items, ...reviewContent(arrival, ground)];
}

/** Files that nothing names, but that may be run or read by what runs here. */
function reviewContent(arrival: Arrival, ground: Ground): readonly PendingLine[] {
  const { name, incoming } = arrival;
  if (incoming === undefined || ground.isReadByLine(name) || isKeyFile(incoming)) return [];
  const reason = programReason(arrival, incoming, ground);
  if (reason === undefined) return [];
  const item = wholeFile(name, incoming, reason);
  return [{ ...item, name, id: idIn(name, 'program', item.id) }];
}

function programReason(
  { name, executable }: Arrival,
  incoming: Uint8Array,
  ground: Ground,
): string | undefined {
  if (isProgram(incoming)) return 'it begins as a program does';
  if (executable === true) return 'it may be run: its mode says so';
  if (isCode(name)) return 'files of such names are run, or read by what is run';
  return ground.runsFiles ? 'a program that ssh_config names may read it' : undefined;
}

/** The first bytes of scripts, and of programs of Linux, macOS and Windows. */
const BEGINNINGS = ['2321', '7f454c46', 'cffaedfe', 'cefaedfe', 'cafebabe', 'feedface', 'feedfacf', '4d5a'];

function isProgram(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, 4).toHex();
  return BEGINNINGS.some((beginning) => start.startsWith(beginning));
}

/** Hosts that leave known_hosts, and are new ones to ssh from then on; none if that waits for acceptance. */
export function forgottenHosts(arrival: Arrival, ground: Ground): readonly string[] {
  if (ground.acceptsKeys || !kindsOf(arrival.name, ground.present).includes('known_hosts')) return [];
  return reviewForgotten(arrival.current, arrival.incoming, ground.certainBesides(arrival.name)).map(
    ({ where }) => where,
  );
}

/** The same line is another question in another file, and where it is read as something else. */
export function idIn(name: string, kind: FileKind, id: string): string {
  return sha256(utf8(JSON.stringify([name, kind, id]))).toHex();
}

/** What is too large to look through is asked about as a whole. */
function reviewOrRefuse(kind: FileKind, arrival: Arrival, ground: Ground): readonly ReviewItem[] {
  try {
    return review(kind, arrival, ground);
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof SyntaxError)) throw cause;
    return [wholeFile(arrival.name, arrival.incoming, `it cannot be looked through: ${cause.message}`)];
  }
}

function review(kind: FileKind, arrival: Arrival, ground: Ground): readonly ReviewItem[] {
  const { name, current, incoming } = arrival;
  const after = incoming ?? new Uint8Array();
  switch (kind) {
    case 'config':
      // Lines are compared with lines: their time grows faster than their number.
      ground.spend(8 * ((current?.length ?? 0) + after.length));
      return reviewConfig(current, after, ground.place, ground.familiar);
    case 'known_hosts':
      return reviewHosts(arrival, ground);
    case 'program':
      return [wholeFile(name, incoming, 'ssh_config names it in a command')];
    case 'revoked':
      return [wholeFile(name, incoming, 'ssh refuses the host keys that it lists')];
    case 'guard':
      return [wholeFile(name, incoming, 'it decides who may log in here, or what a login does')];
    case 'plain':
      return [];
  }
}

function reviewHosts(arrival: Arrival, ground: Ground): readonly ReviewItem[] {
  const { name, current, incoming } = arrival;
  const { former } = ground;
  const after = incoming ?? new Uint8Array();
  const others = ground.besides(name);
  const files = [after, former, ...others.before, ...others.after];
  ground.spend(files.reduce((sum, bytes) => sum + bytes.length, current?.length ?? 0));
  return [
    ...reviewKnownHosts(current, after, former, others),
    ...(ground.acceptsKeys ? reviewForgotten(current, after, ground.certainBesides(name)) : []),
    ...forgotten(arrival, former),
  ];
}

/** Hosts that leave are remembered as known; more than can be remembered do not leave unasked. */
function forgotten({ name, current, incoming }: Arrival, former: Uint8Array): readonly ReviewItem[] {
  if (current === undefined) return [];
  const removed = removedKnownHosts(current, incoming ?? new Uint8Array());
  if (former.length + removed.length <= MAX_FORMER_BYTES) return [];
  return [wholeFile(name, incoming, 'it takes out more host keys than this machine can remember')];
}

export function wholeFile(name: string, incoming: Uint8Array | undefined, reason: string): ReviewItem {
  const change = incoming === undefined ? 'removed' : 'added';
  const digest = incoming === undefined ? '' : sha256(incoming).toHex();
  const id = sha256(utf8(JSON.stringify(['file', change, digest]))).toHex();
  const line =
    incoming === undefined ? 'the whole file' : `the whole file, ${incoming.length} bytes, SHA-256 ${digest}`;
  return { where: name, line, change, reason, id };
}
