import { equal } from '@orrery/bytes';
import type { Session } from '@orrery/vault';

/** The name of the only other machine that ever changed files in the account; undefined if there are several or none. */
export function otherMachine(session: Pick<Session, 'device' | 'history' | 'state'>): string | undefined {
  const authors = session
    .history()
    .filter(({ entry }) => entry.change.kind === 'commit' && !equal(entry.device, session.device.id))
    .map(({ entry }) => session.state.members.get(entry.device.toHex())?.name);
  const names = new Set(authors);
  const [only] = names;
  return names.size === 1 ? only : undefined;
}

const KEPT = /(?<=; )kept: (ours|theirs|both)(?=\)?$)/;

/**
 * The engine tells of a merge from the sides of one machine: `kept: ours`. People have several machines before them.
 * @param other The name of the other machine, if it is known.
 */
export function keptInWords(text: string, other: string | undefined): string {
  const theirs = `kept the other machine's${other === undefined ? '' : ` (${other})`}`;
  const words = new Map([
    ['ours', "kept this machine's"],
    ['theirs', theirs],
    ['both', 'kept both'],
  ]);
  return text.replace(KEPT, (_, side: string) => words.get(side) ?? '');
}
