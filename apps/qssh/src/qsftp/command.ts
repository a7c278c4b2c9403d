import type { Session } from './session.ts';

export interface Arguments {
  readonly flags: ReadonlySet<string>;
  /** Patterns (glob.ts). */
  readonly words: readonly string[];
  /** The line behind the command as it was written. */
  readonly rest: string;
}

/** What a word of a command names, for completion. */
export type WordKind = 'remote' | 'local' | 'other';

export interface Command {
  /** The first one is shown in the help. */
  readonly names: readonly string[];
  /** What follows the name. */
  readonly usage: string;
  readonly summary: string;
  /** Letters of its options. */
  readonly flags: string;
  /** Fewest and most words; without them, what follows is not cut into words. */
  readonly counts?: readonly [fewest: number, most: number];
  readonly kinds: readonly WordKind[];
  /** @throws {Error} if it fails as a whole. Parts that fail are said by the session. */
  run(session: Session, args: Arguments): Promise<void> | void;
}

/** A line that is no command. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}

/** The options and words of a command. @throws {CommandError} */
export function readArguments(command: Command, words: readonly string[], rest: string): Arguments {
  const [name = ''] = command.names;
  if (command.counts === undefined) return { flags: new Set(), words, rest };
  const flags = new Set<string>();
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === '--') {
      at += 1;
      break;
    }
    if (!/^-./.test(word)) break;
    for (const letter of word.slice(1)) {
      if (!command.flags.includes(letter)) throw new CommandError(`${name}: Invalid flag -${letter}`);
      flags.add(letter);
    }
  }
  const left = words.slice(at);
  const [fewest, most] = command.counts;
  if (left.length < fewest) throw new CommandError(`${name}: You must specify ${command.usage}`);
  if (left.length > most)
    throw new CommandError(`${name}: Too many arguments: ${command.usage || 'none expected'}`);
  return { flags, words: left, rest };
}
