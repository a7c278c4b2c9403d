// A session from the first command to the exit code.
import type { SftpClient } from '@orrery/ssh';
import type { Terminal } from '@orrery/terminal';
import { expandHome } from '../copy/expand-home.ts';
import { escapedPattern } from '../copy/glob.ts';
import { absolute, bytesOf, nameOf, shown } from '../copy/names.ts';
import { pacer } from '../copy/pace.ts';
import { isFolderAt } from '../copy/place.ts';
import { RemotePlace } from '../copy/remote-place.ts';
import type { CommandLine } from './command-line.ts';
import { commandNamed } from './commands.ts';
import { converse, inputLines, runLines } from './loop.ts';
import { Session } from './session.ts';

export interface SessionRequest {
  readonly sftp: SftpClient;
  readonly line: CommandLine;
  /** The lines of a file, as names. */
  readonly batch: readonly string[] | undefined;
  /** Of the destination; '' for none. */
  readonly path: string;
  readonly terminal: Terminal;
}

/** Runs what the command line asks for, and gives the exit code. */
export async function runSession({ sftp, line, batch, path, terminal }: SessionRequest): Promise<number> {
  const remote = new RemotePlace(sftp, (name) =>
    terminal.warn(`ignored a name that is none: "${shown(name)}"`),
  );
  const session = await begin(remote, line, terminal);
  const fetched = await fetchFile(session, path, line.target);
  if (fetched !== undefined) return fetched;
  if (batch !== undefined) return runLines(session, batch, true);
  if (line.batch === '-' || !process.stdin.isTTY) return runLines(session, inputLines(), line.batch === '-');
  return converse(session);
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
