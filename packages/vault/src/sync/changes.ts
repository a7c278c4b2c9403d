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
import { readStored, storedMode } from './scan.ts';

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
    const content = byName.get(decision.name);
    if (!needsRemote(decision)) return toChange(attempt, bases, decision, new Uint8Array());
    return content instanceof Uint8Array
      ? toChange(attempt, bases, decision, content)
      : lost(decision, content);
  });
  return [...changes, ...copies.flatMap((copy) => copied(attempt, copy, byName.get(copy.from)))];
}

/** The server's version under a name of its own, which no rule sends back. */
function copied(attempt: Attempt, { from, to }: Copy, content: Fetched | undefined): Change[] {
  if (!(content instanceof Uint8Array)) return [];
  const decision: Decision = { name: to, action: 'download', why: `the server's version of "${from}"` };
  const text = `the server's version is saved as "${to}"`;
  return [
    {
      name: to,
      decision,
      toDisk: remoteContent(attempt, from, content),
      remarks: [{ name: from, kind: 'duplicate', text }],
    },
  ];
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
  const ours = localContent(attempt, name);
  const sides = attempt.sides.get(name);
  const base = sides?.base === undefined ? undefined : bases.get(name, sides.base.hash);
  const remote = remoteContent(attempt, name, theirs);
  const newer = (sides?.local?.mtime ?? 0) > (sides?.remote?.mtime ?? 0) ? 'ours' : 'theirs';
  const result =
    kindOf(name, attempt.references) === 'known_hosts'
      ? mergeKnownHosts(base, ours.bytes, theirs)
      : mergeConfig(base, ours.bytes, theirs, newer);
  const content = { ...remote, bytes: result.bytes, mtime: Math.max(ours.mtime, remote.mtime) };
  return {
    name,
    decision,
    ...(equal(result.bytes, theirs) ? {} : { toServer: content }),
    ...(equal(result.bytes, ours.bytes) ? {} : { toDisk: content }),
    remarks: result.conflicts.map((conflict) => describe(name, conflict)),
  };
}

function describe(name: string, { where, ours, theirs, kept, note }: Conflict): Remark {
  const sides = `here: ${ours}; on the server: ${theirs}; kept: ${kept}`;
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

/** Files whose content the server no longer keeps although this machine has exactly it. */
export async function repairs(attempt: Attempt): Promise<readonly Change[]> {
  const same = [...attempt.remote.values()].filter(
    (file) => attempt.scan.files.get(file.name)?.hash === file.hash.toHex(),
  );
  const changes: Change[] = [];
  const contents = await attempt.contents();
  for (const file of same) {
    if (contents.keeps(file.object)) continue;
    const decision: Decision = { name: file.name, action: 'upload', why: 'the server had lost it' };
    changes.push({ name: file.name, decision, toServer: localContent(attempt, file.name), remarks: [] });
  }
  return changes;
}

/** A file was written while it was being synced: the attempt begins anew. */
export class FileChangedError extends Error {
  override readonly name = 'FileChangedError';

  constructor(file: string) {
    super(`Cannot sync "${file}": it changed meanwhile`);
  }
}
