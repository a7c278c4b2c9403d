import { argumentNames } from '../copy/names.ts';
import { OptionError, readOptions, type FoundOption } from '../qssh/getopt.ts';

export const usage = `usage: qscp [-346ABCOpqRrsTv] [-c cipher] [-D sftp_server_path] [-F ssh_config]
            [-i identity_file] [-J destination] [-l limit] [-o ssh_option]
            [-P port] [-S program] [-X sftp_option] source ... target
`;

export interface CommandLine {
  readonly preserve: boolean;
  readonly recursive: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** The old protocol of scp instead of SFTP. */
  readonly legacy: boolean;
  /** What ssh is told. */
  readonly sshOptions: readonly string[];
  readonly port: string | undefined;
  /** Runs in place of ssh. */
  readonly program: string | undefined;
  /** A server that is started on this machine in place of ssh. */
  readonly server: string | undefined;
  /** Bits in a second. */
  readonly limit: number | undefined;
  readonly chunk: number | undefined;
  readonly outstanding: number | undefined;
  /** At least one, as names. */
  readonly sources: readonly string[];
  readonly target: string;
}

const letters = '346ABCOpqRrsTvc:D:F:i:J:l:o:P:S:X:';

/** Largest number of kilobits in a second that -l takes. */
const MAX_LIMIT = 100 * 1024 * 1024;

/** @throws {OptionError} */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { found, rest } = readOptions(argv, { letters, long: [] });
  const names = argumentNames(argv).slice(argv.length - rest.length);
  const target = names.at(-1);
  if (target === undefined || names.length < 2) throw new OptionError('a source and a target are expected');
  const last = new Map(found.map(({ name, value }) => [name, value]));
  if (last.has('R'))
    throw new OptionError('-R is not supported: copies between two hosts go through this one');
  const limit = last.get('l');
  return {
    preserve: last.has('p'),
    recursive: last.has('r'),
    quiet: last.has('q'),
    verbose: last.has('v'),
    legacy: last.has('O') && !last.has('s'),
    sshOptions: found.flatMap(sshOption),
    port: portOf(last.get('P')),
    program: last.get('S'),
    server: last.get('D'),
    limit: limit === undefined ? undefined : numberOf('-l', limit, MAX_LIMIT) * 1024,
    chunk: sftpOption(found, 'buffer', 256 * 1024),
    outstanding: sftpOption(found, 'nrequests', 1024),
    sources: names.slice(0, -1),
    target,
  };
}

/** Options that are ssh's own. */
function sshOption({ name, value }: FoundOption): string[] {
  if (name === 'B') return ['-oBatchMode=yes'];
  if ('46ACqv'.includes(name)) return [`-${name}`];
  return 'cFiJo'.includes(name) ? [`-${name}`, value] : [];
}

function portOf(text: string | undefined): string | undefined {
  return text === undefined ? undefined : String(numberOf('-P', text, 65_535));
}

/** `-X buffer=32k`, `-X nrequests=16`. */
function sftpOption(found: readonly FoundOption[], key: string, max: number): number | undefined {
  for (const { name, value } of found) {
    if (name !== 'X') continue;
    const [, word = '', digits = '', kilo] = /^([a-z]+)=([0-9]+)([kK]?)$/.exec(value) ?? [];
    if (word !== 'buffer' && word !== 'nrequests') throw new OptionError(`invalid SFTP option "${value}"`);
    if (word === key) return numberOf(`-X ${key}`, String(Number(digits) * (kilo === '' ? 1 : 1024)), max);
  }
  return undefined;
}

function numberOf(option: string, text: string, max: number): number {
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max) throw new OptionError(`invalid ${option} "${text}": 1 to ${max} expected`);
  return value;
}
