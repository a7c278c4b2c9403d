import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '@orrery/crypto';
import { DiskError, foldFileName, UnsafeFileError } from '@orrery/disk';
import type { Attempt } from './attempt.ts';
import type { Decision } from './plan.ts';
import type { Remark, SyncHost, SyncOptions } from './report.ts';
import { readStored } from './scan.ts';

/** A file of the server that is saved here under another name. */
export interface Copy {
  readonly from: string;
  readonly to: string;
}

/** The decisions that a command carries out, and the copies that it saves beside local files. */
export interface Directed {
  readonly decisions: readonly Decision[];
  readonly copies: readonly Copy[];
  /** Why a decision is not carried out. */
  readonly remarks: readonly Remark[];
}

/**
 * `sync` carries out the plan. `upload` and `download` carry out their half of it, and ask where the
 * other side has something else.
 */
export async function directed(
  attempt: Attempt,
  plan: readonly Decision[],
  options: SyncOptions,
  host: SyncHost,
): Promise<Directed> {
  if (options.direction === 'both') return { decisions: plan, copies: [], remarks: [] };
  const decisions: Decision[] = [];
  const copies: Copy[] = [];
  const remarks: Remark[] = [];
  const skip = (name: string, why: string): void =>
    void remarks.push({ name, kind: 'skipped', text: `skipped: ${why}` });
  const freeName = namer(attempt, options);
  for (const decision of plan) {
    const { name } = decision;
    const turned = options.direction === 'up' ? up(attempt, decision) : down(attempt, decision);
    const answer = turned?.asks === true ? await host.decide(decision) : 'overwrite';
    const same = answer === 'duplicate' ? findCopy(attempt, options, name) : undefined;
    if (turned === undefined || answer === 'skip') skip(name, difference(attempt, name));
    else if (answer === 'overwrite') decisions.push(turned.decision);
    else if (same !== undefined) skip(name, `the server's version is in "${same}" already`);
    else copies.push({ from: name, to: freeName(name) });
  }
  return { decisions, copies, remarks };
}

function difference({ sides }: Attempt, name: string): string {
  const { base, local, remote } = sides.get(name) ?? {};
  if (remote === undefined) return base === undefined ? 'it is only here' : 'it was deleted on the server';
  return local === undefined ? 'it is only on the server' : 'it differs here and on the server';
}

interface Turned {
  readonly decision: Decision;
  readonly asks: boolean;
}

/** This machine's files become the new version; what others changed since is asked about. */
function up(attempt: Attempt, decision: Decision): Turned | undefined {
  const { name, action } = decision;
  const local = attempt.sides.get(name)?.local;
  if (action === 'same' || action === 'upload' || action === 'delete-remote')
    return { decision, asks: false };
  const overwrite: Decision['action'] = local === undefined ? 'delete-remote' : 'upload';
  return {
    decision: { name, action: overwrite, why: `${decision.why}; this machine's version is kept` },
    asks: true,
  };
}

/**
 * The server's files come here. A local file that was not changed since the last sync gives way; one that was is asked
 * about, and one that is only here stays.
 */
function down(attempt: Attempt, decision: Decision): Turned | undefined {
  const { name, action } = decision;
  const { local, remote } = attempt.sides.get(name) ?? {};
  if (action === 'same' || action === 'delete-local') return { decision, asks: false };
  if (remote === undefined) return undefined;
  const why = local === undefined ? decision.why : `${decision.why}; the server's version is taken`;
  return { decision: { name, action: 'download', why }, asks: local !== undefined && action !== 'download' };
}

/** The copy, saved beside before, that has the server's version already. */
function findCopy(
  { place, remote }: Attempt,
  { safeFolder = place.folder }: SyncOptions,
  name: string,
): string | undefined {
  const file = remote.get(name);
  if (file === undefined) return undefined;
  for (let number = 1; ; number++) {
    const copy = copyName(name, number);
    if (remote.has(copy)) continue;
    try {
      const { content } = readStored({ ...place, folder: safeFolder }, copy, file.portable);
      if (sha256(content).toHex() === file.hash.toHex()) return copy;
    } catch (cause) {
      if (!(cause instanceof DiskError)) throw cause;
      if (!(cause instanceof UnsafeFileError)) return undefined;
    }
  }
}

function copyName(name: string, number: number): string {
  return withEnding(name, `.duplicate${number === 1 ? '' : String(number)}`);
}

/** Bytes of a file name in UTF-8 on every usual file system. */
const MAX_NAME_BYTES = 255;

/**
 * Gives NAME.duplicate, or the first numbered one that is free: nothing that stands here, arrives or was given before
 * has that name, or one that some system takes for the same. Too long a name is cut.
 */
function namer({ place, scan, remote }: Attempt, { safeFolder }: SyncOptions): (name: string) => string {
  const { files, kept, blocked, subfolders } = scan;
  const known = [...files.keys(), ...kept.keys(), ...blocked.keys(), ...subfolders, ...remote.keys()];
  const taken = new Set(known.map(foldFileName));
  const folders = [place.folder, ...(safeFolder === undefined ? [] : [safeFolder])];
  const stands = (name: string): boolean =>
    folders.some((folder) => lstatSync(join(folder, name), { throwIfNoEntry: false }) !== undefined);
  return (name) => {
    for (let number = 1; ; number++) {
      const candidate = copyName(name, number);
      if (taken.has(foldFileName(candidate)) || stands(candidate)) continue;
      taken.add(foldFileName(candidate));
      return candidate;
    }
  };
}

function withEnding(name: string, ending: string): string {
  const characters = Array.from(name);
  while (Buffer.byteLength(characters.join('') + ending) > MAX_NAME_BYTES) characters.pop();
  return characters.join('') + ending;
}
