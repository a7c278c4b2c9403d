import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { unescaped } from '../copy/glob.ts';
import { bytesOf, nameFromText, shown, textOf } from '../copy/names.ts';
import { CommandError, type Command, type WordKind } from './command.ts';

type Run = Command['run'];

function command(name: string, usage: string, summary: string, count: number, run: Run): Command {
  const kinds = Array.from({ length: count }, (): WordKind => 'local');
  return { names: [name], usage, summary, flags: '', counts: [count, count], kinds, run };
}

/** A command that a shell reads. */
function shellCommand(name: string, usage: string, summary: string, run: Run): Command {
  return { names: [name], usage, summary, flags: '', kinds: ['local'], run };
}

export const localCommands: readonly Command[] = [
  {
    ...command('lcd', 'path', "Change local directory to 'path'", 1, (_, { words: [path] }) =>
      process.chdir(path === undefined ? homedir() : localText(path)),
    ),
    names: ['lcd', 'lchdir'],
    counts: [0, 1],
  },
  shellCommand('lls', '[ls-options [path]]', 'Display local directory listing', (_, { rest }) =>
    runShell(`ls ${rest}`),
  ),
  command('lmkdir', 'path', 'Create local directory', 1, (_, { words: [path = ''] }) => {
    mkdirSync(bytesOf(unescaped(path)));
  }),
  command('lpwd', '', 'Print local working directory', 0, (session) =>
    session.terminal.print(`Local working directory: ${shown(nameFromText(process.cwd()))}`),
  ),
  {
    ...command('lumask', 'umask', "Set local umask to 'umask'", 1, (session, { words: [mask = ''] }) => {
      if (!/^[0-7]{1,3}$/.test(mask))
        throw new CommandError(`Bad umask: ${shown(mask)}: octal digits expected`);
      process.umask(Number.parseInt(mask, 8));
      session.say(`Local umask: ${mask.padStart(3, '0')}`);
    }),
    kinds: ['other'],
  },
  shellCommand('!', 'command', "Execute 'command' in local shell, or a shell", (_, { rest }) =>
    runShell(rest),
  ),
];

/** Node.js can change only into folders whose names are text. */
function localText(word: string): string {
  const text = textOf(unescaped(word));
  if (text === undefined)
    throw new CommandError(`Can't change local directory to "${shown(word)}": not valid UTF-8`);
  return text;
}

/** Runs a line of the shell that the user has, or that shell itself. @throws {Error} if it fails. */
async function runShell(line: string): Promise<void> {
  const shell = process.env['SHELL'] || '/bin/sh';
  const text = textOf(line);
  if (text === undefined) throw new CommandError('Cannot run a command that is not valid UTF-8');
  const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
  const giveBack = lendTerminal();
  const child = spawn(shell, text === '' ? [] : ['-c', text], { stdio: 'inherit' });
  child.once('error', reject);
  child.once('exit', (code, signal) => resolve(code === 0 ? undefined : (signal ?? `exit code ${code}`)));
  const failure = await promise.finally(giveBack);
  if (failure !== undefined) throw new Error(`Shell ended with ${failure}`);
}

/** What is typed is for the program. @returns ends that */
function lendTerminal(): () => void {
  const { stdin } = process;
  if (!stdin.isTTY || stdin.isPaused()) return () => undefined;
  stdin.pause();
  return () => void stdin.resume();
}
