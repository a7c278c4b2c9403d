// The command line, as ssh-agent(1) has it.
import { resolve } from 'node:path';
import { parseTime } from '../config/values.ts';
import { OptionError, readOptions } from '../qssh/getopt.ts';
import type { Shell } from './shell-lines.ts';

export interface CommandLine {
  readonly shell: Shell;
  readonly isForeground: boolean;
  readonly kills: boolean;
  /** Undefined: a new one. */
  readonly socket: string | undefined;
  readonly lifetimeSeconds: number | undefined;
  /** Options that change nothing, as written. */
  readonly idle: readonly string[];
  /** Runs with the agent, which ends with it; empty: none. */
  readonly command: readonly string[];
}

const options = { letters: 'cDdksa:O:P:t:', long: [] };

/** About smart cards and security keys, which this agent does not hold. */
const idleOptions: readonly string[] = ['no-restrict-websafe', 'allow-remote-pkcs11'];

/** @throws {OptionError} */
export function readCommandLine(
  argv: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): CommandLine {
  const { found, rest } = readOptions(argv, options);
  const has = (letter: string): boolean => found.some(({ name }) => name === letter);
  const valueOf = (letter: string): string | undefined =>
    found.findLast(({ name }) => name === letter)?.value;
  const idle = found.filter(({ name }) => name === 'O' || name === 'P');
  const unknown = idle.find(({ name, value }) => name === 'O' && !idleOptions.includes(value));
  if (unknown !== undefined) throw new OptionError(`Unknown -O option "${unknown.value}"`);
  const isForeground = has('D') || has('d');
  if (has('c') && has('s')) throw new OptionError('-c and -s exclude each other');
  if (rest.length > 0 && (has('c') || has('s') || has('k') || isForeground))
    throw new OptionError('a command goes with none of -c, -s, -k, -D and -d');
  if (has('D') && has('d')) throw new OptionError('-D and -d exclude each other');
  const life = valueOf('t');
  const lifetimeSeconds = life === undefined ? undefined : parseTime(life);
  if (life !== undefined && lifetimeSeconds === undefined)
    throw new OptionError(`Invalid lifetime "${life}"`);
  const socket = valueOf('a');
  const isCsh = has('c') || (!has('s') && environment['SHELL']?.endsWith('csh') === true);
  return {
    shell: isCsh ? 'csh' : 'sh',
    isForeground,
    kills: has('k'),
    socket: socket === undefined ? undefined : resolve(socket),
    lifetimeSeconds,
    idle: idle.map(({ name, value }) => `-${name} ${value}`),
    command: rest,
  };
}
