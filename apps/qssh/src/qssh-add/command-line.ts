// The command line, as ssh-add(1) has it.
import { parseTime } from '../config/values.ts';
import { OptionError, readOptions } from '../qssh/getopt.ts';

export type Task = 'add' | 'remove' | 'removeAll' | 'list' | 'listKeys' | 'lock' | 'unlock' | 'test';

export interface CommandLine {
  readonly task: Task;
  /** Empty: the default ones. "-" is standard input. */
  readonly files: readonly string[];
  /** Without the certificates beside the keys. */
  readonly isKeyOnly: boolean;
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  readonly confirm: boolean;
  /** Undefined: for as long as the agent likes; so it is for 0. */
  readonly lifetimeSeconds: number | undefined;
  /** As written behind -h. */
  readonly destinations: readonly string[];
  /** Of -H; empty: the usual ones. */
  readonly hostKeyFiles: readonly string[];
}

const options = { letters: 'vklLcdDTxXqh:H:t:', long: [] };

const tasks: Readonly<Record<string, Task>> = {
  d: 'remove',
  D: 'removeAll',
  l: 'list',
  L: 'listKeys',
  x: 'lock',
  X: 'unlock',
  T: 'test',
};

/** @throws {OptionError} */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { found, rest } = readOptions(argv, options);
  const has = (letter: string): boolean => found.some(({ name }) => name === letter);
  const valuesOf = (letter: string): readonly string[] =>
    found.filter(({ name }) => name === letter).map(({ value }) => value);
  const wanted = [...new Set(found.flatMap(({ name }) => tasks[name] ?? []))];
  if (wanted.length > 1) throw new OptionError('more than one thing to do');
  const [task = 'add'] = wanted;
  if (task === 'test' && rest.length === 0) throw new OptionError('no keys to test');
  const life = valuesOf('t').at(-1);
  const lifetimeSeconds = life === undefined ? undefined : parseTime(life);
  if (life !== undefined && lifetimeSeconds === undefined) throw new OptionError('Invalid lifetime');
  return {
    task,
    files: rest,
    isKeyOnly: has('k'),
    isQuiet: has('q'),
    isVerbose: has('v'),
    confirm: has('c'),
    lifetimeSeconds: lifetimeSeconds === 0 ? undefined : lifetimeSeconds,
    destinations: valuesOf('h'),
    hostKeyFiles: valuesOf('H'),
  };
}
