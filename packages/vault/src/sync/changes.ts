import { equal } from '@orrery/bytes';
import { equalStamp } from '@orrery/disk';
import { recognisePrivateKey } from '@orrery/keys';
import { mergeConfig, mergeKnownHosts, type Conflict } from '@orrery/sshfiles';
import { LostObjectError, type Fetched } from '../client/contents.ts';
import type { Attempt } from './attempt.ts';
import type { Copy } from './direction.ts';
import type { MergeBases } from './merge-bases.ts';
import type { Decision } from './plan.ts';
import { kindOf } from './references.ts';
import type { Remark } from './report.ts';
import { readStored, storedMode, writtenForm } from './scan.ts';

/** A file's content in stored form, with what goes with it. */
export interface Content {
  readonly bytes: Uint8Array;
  readonly mode: number;
  readonly mtime: number;
  readonly portable: boolean;
}

/** A decision with the bytes that carry it out. `null`: the file is deleted there. */
export interface Change {
  readonly name: string;
  readonly decision: Decision;
  readonly toServer?: Content | null;
  readonly toDisk?: Content | null;
  readonly remarks: readonly Remark[];
}

/** Gathers the content of every decision; what the server lost or altered is remarked and left alone. */
export async function gather(
  attempt: Attempt,
  bases: MergeBases,
  decisions: readonly Decision[],
  copies: readonly Copy[],
): Promise<readonly Change[]> {
  const names = [...decisions.filter(needsRemote), ...copies.map(({ from }) => ({ name: from }))].map(
    ({ name }) => name,
  );
  const wanted = names.flatMap((name) => attempt.remote.get(name) ?? []);
  const refs = wanted.map(({ object, hash }) => ({ id: object, hash }));
  const fetched = refs.length === 0 ? [] : await (await attempt.contents()).readAll(refs);
  const byName = new Map(wanted.map((file, index) => [file.name, fetched[index]]));
  const changes = decisions.map((decision) => {
    const content = needsRemote(decision) ? byName.get(decision.name) : new Uint8Array();
    if (!(content instanceof Uint8Array)) return lost(decision, content);
    return usable(attempt, decision, () => toChange(attempt, bases, decision, content));
  });
  return [...changes, ...copies.map((copy) => copied(attempt, copy, byName.get(copy.from)))];
}

/** The change, unless it brings what cannot be merged or written here: that stays away, and all else goes on. */
function usable(attempt: Attempt, decision: Decision, make: () => Change): Change {
  const { name } = decision;
  try {
    const change = make();
    if (change.toDisk) writtenForm(change.toDisk, attempt.place);
    return change;
  } catch (cause) {
    if (!(cause instanceof SyntaxError || cause instanceof RangeError)) throw cause;
    const text = `left as it is on both sides: ${cause.message}`;
    return { name, decision, remarks: [{ name, kind: 'refused', text }] };
  }
}

/** The server's version under a name of its own, which no rule sends back. */
function copied(attempt: Attempt, { from, to }: Copy, content: Fetched | undefined): Change {
  const decision: Decision = { name: to, action: 'download', why: `the server's version of "${from}"` };
  if (!(content instanceof Uint8Array)) return lost({ ...decision, name: from }, content);
  const text = `the server's version goes to "${to}"`;
  return usable(attempt, decision, () => ({
    name: to,
    decision,
    toDisk: remoteContent(attempt, from, content),
    remarks: [{ name: from, kind: 'duplicate', text }],
  }));
}

function needsRemote({ action, winner }: Decision): boolean {
  return action === 'download' || action === 'merge' || (action === 'conflict' && winner === 'remote');
}

function toChange(attempt: Attempt, bases: MergeBases, decision: Decision, fetched: Uint8Array): Change {
  const { name, action } = decision;
  switch (action) {
    case 'same':
      return { name, decision, remarks: [] };
    case 'upload':
      return { name, decision, ...uploaded(attempt, name) };
    case 'download':
      return { name, decision, toDisk: remoteContent(attempt, name, fetched), remarks: [] };
    case 'delete-local':
      return { name, decision, toDisk: null, remarks: [] };
    case 'delete-remote':
      return { name, decision, toServer: null, remarks: [] };
    case 'merge':
      return merged(attempt, bases, decision, fetched);
    case 'conflict': {
      const remarks: Remark[] = [{ name, kind: 'conflict', text: decision.why }];
      return decision.winner === 'local'
        ? { name, decision, toServer: localContent(attempt, name), remarks }
        : { name, decision, toDisk: remoteContent(attempt, name, fetched), remarks };
    }
  }
}

function merged(attempt: Attempt, bases: MergeBases, decision: Decision, theirs: Uint8Array): Change {
  const { name } = decision;
  const { base, local, remote } = attempt.sides.get(name) ?? {};
  const ours = localContent(attempt, name);
  const there = remoteContent(attempt, name, theirs);
  const newer = (local?.mtime ?? 0) > (remote?.mtime ?? 0) ? 'ours' : 'theirs';
  const result = mergeContent(attempt, bases, { name, ours: ours.bytes, theirs, newer });
  const content: Content = {
    bytes: result.bytes,
    mode:
      base?.mode === there.mode || (base?.mode !== ours.mode && newer === 'ours') ? ours.mode : there.mode,
    mtime: Math.max(ours.mtime, there.mtime),
    portable: ours.portable || there.portable,
  };
  const same = (side: Content): boolean => equal(content.bytes, side.bytes) && content.mode === side.mode;
  return {
    name,
    decision,
    ...(same(there) ? {} : { toServer: content }),
    ...(same(ours) ? {} : { toDisk: content }),
    remarks: result.conflicts.map((conflict) => describe(name, conflict)),
  };
}

/** What only one side changed is taken from it; what both changed is merged by meaning. */
function mergeContent(
  attempt: Attempt,
  bases: MergeBases,
  file: {
    readonly name: string;
    readonly ours: Uint8Array;
    readonly theirs: Uint8Array;
    readonly newer: 'ours' | 'theirs';
  },
): { readonly bytes: Uint8Array; readonly conflicts: readonly Conflict[] } {
  const { name, ours, theirs, newer } = file;
  const { base, local, remote } = attempt.sides.get(name) ?? {};
  if (base !== undefined && base.hash === remote?.hash) return { bytes: ours, conflicts: [] };
  if (base !== undefined && base.hash === local?.hash) return { bytes: theirs, conflicts: [] };
  const common = base === undefined ? undefined : bases.get(name, base.hash);
  return kindOf(name, attempt.references) === 'known_hosts'
    ? mergeKnownHosts(common, ours, theirs)
    : mergeConfig(common, ours, theirs, newer);
}

const KEPT = { ours: "kept this machine's", theirs: "kept the server's", both: 'kept both' } as const;

function describe(name: string, { where, ours, theirs, kept, note }: Conflict): Remark {
  const sides = `here: ${ours}; on the server: ${theirs}; ${KEPT[kept]}`;
  return {
    name,
    kind: note === undefined ? 'conflict' : 'interception',
    text: note === undefined ? `${where}: ${sides}` : `${where}: ${note} (${sides})`,
  };
}

/** The local version, and the paths in it that other machines will not have. */
function uploaded(attempt: Attempt, name: string): Pick<Change, 'toServer' | 'remarks'> {
  const { outside, ...content } = localContent(attempt, name);
  const remarks = outside.map((path): Remark => {
    return {
      name,
      kind: 'outside',
      text: `"${path}" is outside the home directory: the same on every machine`,
    };
  });
  return { toServer: content, remarks };
}

function localContent(attempt: Attempt, name: string): Content & { readonly outside: readonly string[] } {
  const file = attempt.scan.files.get(name);
  if (file === undefined) throw new RangeError(`Cannot upload "${name}": it is not there`);
  const { content, portable, outside, stamp } = readStored(attempt.place, name, file.portable);
  // Read again after the scan: what is sent must be what was decided upon.
  if (!equalStamp(stamp, file.stamp)) throw new FileChangedError(name);
  return { bytes: content, portable, outside, mode: file.mode, mtime: file.mtime };
}

function remoteContent(attempt: Attempt, name: string, bytes: Uint8Array): Content {
  const file = attempt.remote.get(name);
  if (file === undefined) throw new RangeError(`Cannot download "${name}": it is not on the server`);
  if (bytes.length !== file.size)
    throw new RangeError(`Cannot download "${name}": ${bytes.length} bytes, ${file.size} expected`);
  const privateKey = recognisePrivateKey(bytes) !== undefined;
  const mtime = attempt.sides.get(name)?.remote?.mtime ?? Number(file.mtime);
  return { bytes, portable: file.portable, mode: storedMode(file.mode, privateKey), mtime };
}

/** The server has no content: a machine that still has the same gives it back, others leave the file alone. */
function lost(decision: Decision, cause: unknown): Change {
  const { name } = decision;
  const text = cause instanceof LostObjectError ? cause.message : 'the server did not send it';
  return { name, decision, remarks: [{ name, kind: 'lost', text }] };
}

/** What came of looking whether the account keeps what stands here. */
export interface Checked {
  /** Uploads of what it no longer has, or never had. */
  readonly repairs: readonly Change[];
  /** The names whose objects were read and hold what the list of files says. */
  readonly sound: ReadonlySet<string>;
}

/**
 * Looks at all files that are the same here and in the list: a machine, or a rotation, may have dropped the object of
 * one, or put another in its place. Only an object that this machine never saw is read.
 */
export async function checkKept(attempt: Attempt): Promise<Checked> {
  const contents = await attempt.contents();
  const known = new Map(attempt.state.base.map(({ name, object }) => [name, object]));
  const same = [...attempt.remote.values()].filter(
    (file) => attempt.scan.files.get(file.name)?.hash === file.hash.toHex(),
  );
  const dropped = same.filter(({ object }) => !contents.keeps(object));
  const foreign = same.filter(
    ({ name, object }) => contents.keeps(object) && !equal(known.get(name) ?? NONE, object),
  );
  const read = await contents.readAll(foreign.map(({ object, hash }) => ({ id: object, hash })));
  const isSound = (_file: unknown, index: number): boolean => read[index] instanceof Uint8Array;
  const exchanged = foreign.filter((file, index) => !isSound(file, index));
  return {
    repairs: [
      ...dropped.map(({ name }) => restored(attempt, name, 'the server had lost it')),
      ...exchanged.map(({ name }) => restored(attempt, name, 'what the account had in its place was not it')),
    ],
    sound: new Set(foreign.filter(isSound).map(({ name }) => name)),
  };
}

const NONE = new Uint8Array();

function restored(attempt: Attempt, name: string, why: string): Change {
  return {
    name,
    decision: { name, action: 'upload', why },
    toServer: localContent(attempt, name),
    remarks: [],
  };
}

/** A file was written while it was being synced: the attempt begins anew. */
export class FileChangedError extends Error {
  override readonly name = 'FileChangedError';

  constructor(file: string) {
    super(`Cannot sync "${file}": it changed meanwhile`);
  }
}
