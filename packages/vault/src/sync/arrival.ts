import { utf8 } from '@orrery/bytes';
import { checkFileName, foldFileName } from '@orrery/disk';
import { sha256 } from '@orrery/crypto';
import { removedKnownHosts, reviewConfig, reviewKnownHosts, type ReviewItem } from '@orrery/sshfiles';
import { MAX_FORMER_BYTES } from './folder-state.ts';
import { kindsOf, type FileKind, type References } from './references.ts';
import type { Place } from './place.ts';

/** A change of a local file by content from elsewhere, in stored form; undefined: no such file. */
export interface Arrival {
  readonly name: string;
  readonly current: Uint8Array | undefined;
  readonly incoming: Uint8Array | undefined;
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

/**
 * The lines of an arrival that need acceptance, by everything that the file is or becomes.
 * @param before What the files here refer to; @param after what they refer to with all arrivals.
 */
export function reviewArrival(
  arrival: Arrival,
  before: References,
  after: References,
  place: Place,
  former: Uint8Array,
): readonly PendingLine[] {
  const { name } = arrival;
  const was = kindsOf(name, before);
  return kindsOf(name, after).flatMap((kind) => {
    // What stood here with no meaning was never looked at: all of it counts as new.
    const seen = was.includes(kind) ? arrival : { ...arrival, current: undefined };
    const items = reviewOrRefuse(kind, seen, place, former);
    return items.map((item) => ({ ...item, name, id: idIn(name, kind, item.id) }));
  });
}

/** The same line is another question in another file, and where it is read as something else. */
function idIn(name: string, kind: FileKind, id: string): string {
  return sha256(utf8(JSON.stringify([name, kind, id]))).toHex();
}

/** What is too large to look through is asked about as a whole. */
function reviewOrRefuse(
  kind: FileKind,
  arrival: Arrival,
  place: Place,
  former: Uint8Array,
): readonly ReviewItem[] {
  try {
    return review(kind, arrival, place, former);
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof SyntaxError)) throw cause;
    return [wholeFile(arrival.name, arrival.incoming, `it cannot be looked through: ${cause.message}`)];
  }
}

function review(kind: FileKind, arrival: Arrival, place: Place, former: Uint8Array): readonly ReviewItem[] {
  const { name, current, incoming } = arrival;
  const after = incoming ?? new Uint8Array();
  switch (kind) {
    case 'config':
      return reviewConfig(current, after, place);
    case 'known_hosts':
      return [...reviewKnownHosts(current, after, former), ...forgotten(arrival, former)];
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

/** Hosts that leave are remembered as known; more than can be remembered do not leave unasked. */
function forgotten({ name, current, incoming }: Arrival, former: Uint8Array): readonly ReviewItem[] {
  if (current === undefined) return [];
  const removed = removedKnownHosts(current, incoming ?? new Uint8Array());
  if (former.length + removed.length <= MAX_FORMER_BYTES) return [];
  return [wholeFile(name, incoming, 'it takes out more host keys than this machine can remember')];
}

function wholeFile(name: string, incoming: Uint8Array | undefined, reason: string): ReviewItem {
  const change = incoming === undefined ? 'removed' : 'added';
  const digest = incoming === undefined ? '' : sha256(incoming).toHex();
  const id = sha256(utf8(JSON.stringify(['file', change, digest]))).toHex();
  const line =
    incoming === undefined ? 'the whole file' : `the whole file, ${incoming.length} bytes, SHA-256 ${digest}`;
  return { where: name, line, change, reason, id };
}
