import { type FoundOption, OptionError, readOptions } from '../qssh/getopt.ts';

export type Task =
  | 'make'
  | 'makeHostKeys'
  | 'signature'
  | 'makeKrl'
  | 'askKrl'
  | 'certify'
  | 'showCertificates'
  | 'findHost'
  | 'hashHosts'
  | 'removeHost'
  | 'showFingerprints'
  | 'changePassphrase'
  | 'changeComment'
  | 'export'
  | 'import'
  | 'printPublic'
  | 'printSshfp';

export interface CommandLine {
  readonly task: Task;
  readonly found: readonly FoundOption[];
  /** What stands behind the options. */
  readonly words: readonly string[];
}

/** The letters of ssh-keygen(1), also of what is not here, so that it is refused by name. */
const letters = 'ABHLQUXceghiklopquvyC:D:E:F:I:KM:N:O:P:R:V:Y:Z:a:b:f:m:n:r:s:t:w:z:';

/** Letters that are a task, in the order in which the first one counts. */
const tasks: Readonly<Record<string, Task>> = {
  A: 'makeHostKeys',
  Y: 'signature',
  k: 'makeKrl',
  Q: 'askKrl',
  s: 'certify',
  L: 'showCertificates',
  R: 'removeHost',
  F: 'findHost',
  H: 'hashHosts',
  l: 'showFingerprints',
  B: 'showFingerprints',
  p: 'changePassphrase',
  c: 'changeComment',
  e: 'export',
  i: 'import',
  y: 'printPublic',
  r: 'printSshfp',
};

/** Tasks for files that stand behind the options: how many there must be. */
const withWords: ReadonlyMap<Task, number> = new Map([
  ['signature', 0],
  ['makeKrl', 0],
  ['askKrl', 0],
  ['certify', 1],
]);

/** Letters that go with tasks. */
const details = 'qvaCbEfghImnNOPtuUVz';

/** @throws {OptionError} */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { found, rest } = readOptions(argv, { letters, long: [] });
  const names = new Set(found.map(({ name }) => name));
  for (const name of names)
    if (tasks[name] === undefined && !details.includes(name))
      throw new OptionError(`option -${name} of ssh-keygen is not available`);
  const [task = 'make'] = Object.entries(tasks).flatMap(([name, one]) => (names.has(name) ? [one] : []));
  const least = withWords.get(task);
  if (least === undefined && rest.length > 0) throw new OptionError('too many arguments');
  if (rest.length < (least ?? 0)) throw new OptionError('too few arguments');
  return { task, found, words: rest };
}

export function has({ found }: CommandLine, letter: string): boolean {
  return found.some(({ name }) => name === letter);
}

/** The last one counts. */
export function valueOf({ found }: CommandLine, letter: string): string | undefined {
  return found.findLast(({ name }) => name === letter)?.value;
}

export function valuesOf({ found }: CommandLine, letter: string): readonly string[] {
  return found.filter(({ name }) => name === letter).map(({ value }) => value);
}
