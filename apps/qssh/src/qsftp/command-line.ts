import { argumentNames } from '../copy/names.ts';
import { OptionError, readOptions, type FoundOption } from '../qssh/getopt.ts';

export const usage = `usage: qsftp [-46AaCfNpqrv] [-B buffer_size] [-b batchfile] [-c cipher]
             [-D sftp_server_command] [-F ssh_config] [-i identity_file]
             [-J destination] [-l limit] [-o ssh_option] [-P port]
             [-R num_requests] [-S program] [-s subsystem | sftp_server]
             destination
`;

export interface CommandLine {
  readonly preserve: boolean;
  readonly recursive: boolean;
  readonly resume: boolean;
  readonly sync: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** A file of commands, or `-` for standard input. */
  readonly batch: string | undefined;
  readonly sshOptions: readonly string[];
  readonly port: string | undefined;
  readonly program: string | undefined;
  readonly server: string | undefined;
  readonly subsystem: string;
  readonly limit: number | undefined;
  readonly chunk: number | undefined;
  readonly outstanding: number | undefined;
  /** As a name; undefined only with a server on this machine. */
  readonly destination: string | undefined;
  /** Where a file that the destination names goes. */
  readonly target: string | undefined;
}

const letters = '1246AaCfNpqrvB:b:c:D:F:i:J:l:o:P:R:S:s:';

/** @throws {OptionError} */
export function readCommandLine(argv: readonly string[]): CommandLine {
  const { found, rest } = readOptions(argv, { letters, long: [] });
  const [destination, target, ...others] = argumentNames(argv).slice(argv.length - rest.length);
  const last = new Map(found.map(({ name, value }) => [name, value]));
  const server = last.get('D');
  if (others.length > 0) throw new OptionError('too many arguments');
  if (destination === undefined && server === undefined) throw new OptionError('a destination is expected');
  const batch = last.get('b');
  const limit = last.get('l');
  return {
    preserve: last.has('p'),
    recursive: last.has('r'),
    resume: last.has('a'),
    sync: last.has('f'),
    // A batch is quiet unless -N says otherwise.
    quiet: last.has('q') || (batch !== undefined && !last.has('N')),
    verbose: last.has('v'),
    batch,
    sshOptions: [...(batch === undefined ? [] : ['-oBatchMode=yes']), ...found.flatMap(sshOption)],
    port: last.get('P'),
    program: last.get('S'),
    server,
    subsystem: last.get('s') ?? 'sftp',
    limit: limit === undefined ? undefined : numberOf('-l', limit, 100 * 1024 * 1024) * 1024,
    chunk: optional('-B', last.get('B'), 256 * 1024),
    outstanding: optional('-R', last.get('R'), 1024),
    destination,
    target,
  };
}

/** Options that are ssh's own. */
function sshOption({ name, value }: FoundOption): string[] {
  if ('46ACqv'.includes(name)) return [`-${name}`];
  return 'cFiJo'.includes(name) ? [`-${name}`, value] : [];
}

function optional(option: string, text: string | undefined, max: number): number | undefined {
  return text === undefined ? undefined : numberOf(option, text, max);
}

function numberOf(option: string, text: string, max: number): number {
  const value = /^[0-9]{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > max) throw new OptionError(`invalid ${option} "${text}": 1 to ${max} expected`);
  return value;
}
