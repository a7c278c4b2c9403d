import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { foldFileName } from '@orrery/disk';
import type { Attempt } from './attempt.ts';
import type { Decision } from './plan.ts';
import type { SyncHost, SyncOptions } from './report.ts';

/** A file of the server that is saved here under another name. */
export interface Copy {
  readonly from: string;
  readonly to: string;
}

/** The decisions that a command carries out, and the copies that it saves beside local files. */
export interface Directed {
  readonly decisions: readonly Decision[];
  readonly copies: readonly Copy[];
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
  if (options.direction === 'both') return { decisions: plan, copies: [] };
  const decisions: Decision[] = [];
  const copies: Copy[] = [];
  const freeName = namer(attempt, options);
  for (const decision of plan) {
    const { name } = decision;
    const turned = options.direction === 'up' ? up(attempt, decision) : down(attempt, decision);
    if (turned === undefined) continue;
    const answer = turned.asks ? await host.decide(decision) : 'overwrite';
    if (answer === 'overwrite') decisions.push(turned.decision);
    if (answer === 'duplicate') copies.push({ from: name, to: freeName(name) });
  }
  return { decisions, copies };
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

/** The server's files come here; a local file with other content is asked about, one that is only here stays. */
function down(attempt: Attempt, decision: Decision): Turned | undefined {
  const { name, action } = decision;
  const { local, remote } = attempt.sides.get(name) ?? {};
  if (action === 'same' || action === 'delete-local') return { decision, asks: false };
  if (remote === undefined) return undefined;
  const why = local === undefined ? decision.why : `${decision.why}; the server's version is taken`;
  return { decision: { name, action: 'download', why }, asks: local !== undefined };
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
      const candidate = withEnding(name, `.duplicate${number === 1 ? '' : String(number)}`);
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
