import { readFileSync } from 'node:fs';
import { visible, type Terminal } from '@orrery/terminal';
import { expandHome } from '../copy/expand-home.ts';
import { escapedPattern } from '../copy/glob.ts';
import { makeTerminal } from '../copy/make-terminal.ts';
import { absolute, bytesOf, nameOf, shown } from '../copy/names.ts';
import { pacer } from '../copy/pace.ts';
import { isFolderAt } from '../copy/place.ts';
import { failureText } from '../copy/reason.ts';
import { readHost, type RemoteAddress } from '../copy/remote-address.ts';
import { RemotePlace } from '../copy/remote-place.ts';
import { defaultSsh, sshCommand, startServer, type ServerCommand } from '../copy/server-process.ts';
import { splitWords } from '../copy/words.ts';
import { OptionError } from '../qssh/getopt.ts';
import { readCommandLine, usage, type CommandLine } from './command-line.ts';
import { commandNamed } from './commands.ts';
import { converse, inputLines, runLines } from './loop.ts';
import { Session } from './session.ts';

/** No connection, as OpenSSH's sftp ends then. */
const NO_CONNECTION = 255;

/**
 * Runs `qsftp` with its arguments (without node and script) and returns the exit code: 0, or 1 if a command of a batch
 * failed or the options are wrong, or 255 if there is no connection.
 */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && argv[0] === '--help') {
    process.stdout.write(usage);
    return 0;
  }
  try {
    const line = readCommandLine(argv);
    return await run(line, makeTerminal('qsftp', line.verbose));
  } catch (error) {
    const isUsage = error instanceof OptionError;
    const text = visible(failureText(error));
    process.stderr.write(`qsftp: ${text}\n${isUsage ? usage : ''}`);
    return isUsage ? 1 : NO_CONNECTION;
  }
}

async function run(line: CommandLine, terminal: Terminal): Promise<number> {
  // A batch that cannot be read must not connect first.
  const batch = line.batch === undefined || line.batch === '-' ? undefined : linesIn(line.batch);
  const address = line.destination === undefined ? undefined : readHost(line.destination, 'sftp');
  const server = await startServer(commandFor(line, address));
  if (!line.quiet)
    terminal.note(address === undefined ? `Attached to ${line.server}.` : `Connected to ${address.host}.`);
  try {
    const remote = new RemotePlace(server.sftp, (name) =>
      terminal.warn(`ignored a name that is none: "${shown(name)}"`),
    );
    const session = await begin(remote, line, terminal);
    const fetched = await fetchFile(session, address?.path ?? '', line.target);
    if (fetched !== undefined) return fetched;
    if (batch !== undefined) return await runLines(session, batch, true);
    if (line.batch === '-' || !process.stdin.isTTY)
      return await runLines(session, inputLines(), line.batch === '-');
    return await converse(session);
  } finally {
    await server.end();
  }
}

function linesIn(file: string): string[] {
  const lines = readFileSync(file, 'latin1').split(/\r?\n/);
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function commandFor(line: CommandLine, address: RemoteAddress | undefined): ServerCommand {
  const [program, ...args] = line.server === undefined ? [] : splitWords(line.server);
  if (program !== undefined) return { program, args };
  if (address === undefined) throw new OptionError('a destination is expected');
  const { port = line.port } = address;
  return sshCommand(line.program ?? defaultSsh(), line.sshOptions, { ...address, port }, line.subsystem);
}

async function begin(remote: RemotePlace, line: CommandLine, terminal: Terminal): Promise<Session> {
  const home = nameOf(await remote.sftp.realPath('.'));
  const { preserve, sync, resume, recursive, quiet, chunk, outstanding, limit } = line;
  return new Session(remote, home, terminal, {
    preserve,
    sync,
    resume,
    recursive,
    quiet,
    ...(chunk !== undefined && { chunk }),
    ...(outstanding !== undefined && { outstanding }),
    ...(limit !== undefined && { pace: pacer(limit) }),
  });
}

/** The path of the destination: a folder is where the session begins; a file is fetched, and that is all. */
async function fetchFile(
  session: Session,
  path: string,
  target: string | undefined,
): Promise<number | undefined> {
  if (path === '') return undefined;
  const wanted = absolute(await expandHome(session.remote, path), session.folder);
  if (target === undefined && (await isFolderAt(session.remote, wanted))) {
    session.folder = nameOf(await session.remote.sftp.realPath(bytesOf(wanted)));
    return undefined;
  }
  const words = target === undefined ? [wanted] : [wanted, escapedPattern(target)];
  session.begin();
  await commandNamed('get')?.run(session, { flags: new Set(), words, rest: '' });
  return session.hasFailed ? 1 : 0;
}
