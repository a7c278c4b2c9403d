import { AgentClient } from '@orrery/ssh';
import { InterruptedError } from '@orrery/terminal';
import { homedir } from 'node:os';
import { reasonOf } from '../copy/reason.ts';
import { createAsker } from '../qssh/ask.ts';
import { endWithReader } from '../end-with-reader.ts';
import { OptionError } from '../qssh/getopt.ts';
import { dialAgent } from '../qssh/login/agent-socket.ts';
import { addFiles } from './add-files.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';
import { DestinationError } from './destinations.ts';
import { listKeys } from './list-keys.ts';
import { changeLock } from './change-lock.ts';
import { removeAll, removeFiles } from './remove-keys.ts';
import type { Session } from './session.ts';
import { testKeys } from './test-keys.ts';
import { usage } from './usage.ts';

/** Exit codes of ssh-add(1): something failed; there is no agent. */
const FAILED = 1;
const NO_AGENT = 2;
const FATAL = 255;

const acts: Readonly<Record<CommandLine['task'], (session: Session) => Promise<boolean>>> = {
  add: addFiles,
  remove: removeFiles,
  removeAll,
  list: listKeys,
  listKeys,
  lock: changeLock,
  unlock: changeLock,
  test: testKeys,
};

/** Runs `qssh-add` with its arguments (without node and script) and returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  endWithReader();
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  try {
    const line = readCommandLine(argv);
    const client = await openAgent(say);
    if (client === undefined) return NO_AGENT;
    const home = process.env['HOME'] ?? homedir();
    const session = { line, client, ask: createAsker(process.env, false), home, say };
    try {
      return (await acts[line.task](session)) ? 0 : FAILED;
    } finally {
      client.close();
    }
  } catch (cause) {
    if (cause instanceof InterruptedError) return cause.exitCode;
    if (cause instanceof DestinationError) {
      say(cause.message);
      return FATAL;
    }
    if (!(cause instanceof OptionError)) throw cause;
    process.stderr.write(`qssh-add: ${cause.message}\n${usage}`);
    return FAILED;
  }
}

async function openAgent(say: Session['say']): Promise<AgentClient | undefined> {
  const path = process.env['SSH_AUTH_SOCK'] ?? '';
  if (path === '') {
    say('Could not open a connection to your authentication agent.');
    return undefined;
  }
  try {
    return new AgentClient(await dialAgent(path));
  } catch (cause) {
    say(`Error connecting to agent: ${reasonOf(cause)}`);
    return undefined;
  }
}
