// Lines of commands, from a person, a pipe or a file.
import { createInterface } from 'node:readline/promises';
import { reasonOf } from '../copy/reason.ts';
import { nameFromText, shown } from '../copy/names.ts';
import { CommandError, readArguments } from './command.ts';
import { commandNamed, quitNames } from './commands.ts';
import { complete, type Completion } from './completion.ts';
import { parseLine, type Line } from './parse-line.ts';
import type { Session } from './session.ts';

const PROMPT = 'sftp> ';

/** How a line ended. */
type Outcome = 'done' | 'failed' | 'quit';

/** Runs one line. What fails is said. */
async function runLine(session: Session, text: string): Promise<Outcome> {
  session.begin();
  try {
    const line = parseLine(text);
    if (line === undefined) return 'done';
    if (quitNames.includes(line.command)) return 'quit';
    const succeeded = await runCommand(session, line);
    return succeeded || line.mayFail ? 'done' : 'failed';
  } catch (error) {
    session.terminal.fail(new Error(reasonOf(error)));
    return 'failed';
  }
}

async function runCommand(session: Session, line: Line): Promise<boolean> {
  try {
    const command = commandNamed(line.command);
    if (command === undefined) throw new CommandError(`Invalid command: "${shown(line.command)}"`);
    await command.run(session, readArguments(command, line.words, line.rest));
    return !session.hasFailed;
  } catch (error) {
    const words = line.words.map(shown).join(' ');
    const what = error instanceof CommandError ? '' : `${`${line.command} ${words}`.trimEnd()}: `;
    session.terminal.fail(new Error(what + reasonOf(error)));
    return false;
  }
}

/** Runs lines that are names (names.ts), repeating each, and gives the exit code. A batch ends with its first failure. */
export async function runLines(
  session: Session,
  lines: AsyncIterable<string> | Iterable<string>,
  isBatch: boolean,
): Promise<number> {
  for await (const text of lines) {
    if (!/^[-\s]*@/.test(text)) session.terminal.print(PROMPT + shown(text));
    const outcome = await runLine(session, text);
    if (outcome === 'quit') return 0;
    if (outcome === 'failed' && isBatch) return 1;
  }
  return 0;
}

/** Lines of standard input, as names. */
export function inputLines(): AsyncIterable<string> {
  process.stdin.setEncoding('latin1');
  return createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
}

/** Asks a person for lines, until there is no more. Ctrl-C ends what is under way, or empties the line. */
export async function converse(session: Session): Promise<number> {
  const reader = createInterface({
    input: process.stdin,
    output: process.stdout,
    prompt: PROMPT,
    completer: (line: string) => complete(session, line).catch((): Completion => [[], line]),
  });
  const interrupt = (): void => session.interrupt();
  let isAtEnd = false;
  reader.once('close', () => (isAtEnd = true));
  process.on('SIGINT', interrupt);
  reader.on('SIGINT', () => {
    reader.write(null, { ctrl: true, name: 'e' });
    reader.write(null, { ctrl: true, name: 'u' });
    reader.prompt();
  });
  try {
    reader.prompt();
    for await (const text of reader) {
      // What is typed meanwhile is read, or the end of it would be lost: the terminal forgets that when it becomes raw again.
      setRaw(false);
      if ((await runLine(session, nameFromText(text))) === 'quit') break;
      if (isAtEnd) break;
      setRaw(true);
      reader.prompt();
    }
    return 0;
  } finally {
    process.off('SIGINT', interrupt);
    reader.close();
  }
}

/** While a command runs, the terminal makes a signal of Ctrl-C, and its own programs find it as they expect it. */
function setRaw(isRaw: boolean): void {
  process.stdin.setRawMode?.(isRaw);
}
