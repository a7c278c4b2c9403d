// One session of a user: what it was told, and the program that it starts.
import {
  localFileSystem,
  serveSftp,
  startingIn,
  type Program,
  type ServerSession,
  type SessionHandlers,
  type Start,
  type Terminal,
} from '@orrery/ssh';
import { accessSync, constants, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { once } from 'node:events';
import { splitWords } from '../../copy/words.ts';
import { readServerOptions } from '../../sftp-server/options.ts';
import type { Account } from '../monitor/accounts.ts';
import { AgentSocket } from './agent-socket.ts';
import { byteText, isText, textOf, type ByteText, type Environment } from './byte-text.ts';
import { commandOf, type Command } from './command.ts';
import { acceptsVariable, environmentOf } from './environment.ts';
import { runOnPipes, type PipesPlan } from './pipes-program.ts';
import type { Serve } from './task.ts';
import { runInKeptTerminal, type Keeper } from './kept-terminal.ts';
import { startKeeper } from './start-keeper.ts';
import { isTextPlan, type TerminalPlan } from './terminal-plan.ts';
import { runInTerminal, sizeOf } from './terminal-program.ts';

const MOTD = '/etc/motd';
const SYSTEM_RC = '/etc/ssh/sshrc';

export type SessionTask = Pick<Serve, 'peer' | 'rules' | 'restrictions'> & {
  /** What the user is told instead of being served; undefined for whoever may log in. */
  noLogin(): Uint8Array | undefined;
  /** For a session below another root: a terminal from outside, or undefined if there is none. */
  askForKeeper?(): Promise<Keeper | undefined>;
  /** Whether the client understands that a program takes no more input. */
  readonly hearsEndOfWrite: boolean;
  /** The path of the file with the proofs of the login, if there is one. */
  readonly loginFile: string | undefined;
};

/** What a session of this user may do. */
export function sessionHandlers(account: Account, task: SessionTask): SessionHandlers {
  const { restrictions, rules } = task;
  const accepted = new Map<string, ByteText>();
  let terminal: Terminal | undefined;
  const agent = new AgentSocket(account.home);
  return {
    environment: (name, value) => {
      const isAccepted = acceptsVariable(name, rules.acceptEnv) && !value.includes(0);
      if (isAccepted) accepted.set(name, byteText(value));
      return isAccepted;
    },
    terminal: (asked) => {
      if (!rules.permitTTY || !restrictions.pty) return false;
      terminal = asked;
      return true;
    },
    agent: (open) => mayForwardAgent(task) && agent.listen(open),
    start: (start, session) =>
      startProgram({ account, task, accepted, terminal, agentSocket: agent.path }, start, session),
    closed: () => agent.close(),
  };
}

interface Scene {
  readonly account: Account;
  readonly task: SessionTask;
  readonly accepted: ReadonlyMap<string, ByteText>;
  readonly terminal: Terminal | undefined;
  readonly agentSocket: string | undefined;
}

function mayForwardAgent({ rules, restrictions }: SessionTask): boolean {
  return rules.allowAgentForwarding && !rules.disableForwarding && restrictions.agentForwarding;
}

async function startProgram(
  scene: Scene,
  start: Start,
  session: ServerSession,
): Promise<Program | undefined> {
  const { account, task } = scene;
  const command = commandOf(start, task.rules, task.restrictions);
  if (command === undefined) return undefined;
  const noLogin = task.noLogin();
  if (noLogin !== undefined) return showAndEnd(noLogin, session);
  if (command.kind === 'sftp') return serveFiles(command.args, session);
  const environment = environmentOf({
    ...task,
    account,
    accepted: scene.accepted,
    agentSocket: scene.agentSocket,
    term: scene.terminal?.term,
    originalCommand: command.kind === 'command' ? command.original : undefined,
  });
  const args = argumentsFor(account.shell, command);
  const before = start.kind === 'subsystem' ? undefined : rcCommand(account, task);
  if (scene.terminal !== undefined) {
    const show = command.kind === 'shell' && greets(account, task) ? [MOTD] : [];
    const plan = {
      shell: account.shell,
      args,
      folder: account.home,
      modes: scene.terminal.modes,
      show,
      before,
    };
    return runWithTerminal(scene, scene.terminal, plan, environment, session);
  }
  const plan = { shell: account.shell, folder: homeOf(account, session), environment };
  if (before !== undefined)
    await runBefore({ ...plan, args: argumentsFor(account.shell, asCommand(before)) }, session);
  return runOnPipes({ ...plan, args }, session, task);
}

async function runWithTerminal(
  { account, task }: Scene,
  terminal: Terminal,
  plan: TerminalPlan,
  environment: Environment,
  session: ServerSession,
): Promise<Program> {
  if (task.askForKeeper === undefined && isTextPlan(plan) && isText(environment))
    return runInTerminal(plan, terminal, environment, session);
  const keeper = task.askForKeeper === undefined ? startKeeper(account) : await task.askForKeeper();
  if (keeper !== undefined)
    return runInKeptTerminal(plan, terminal, sizeOf(terminal), environment, keeper, session);
  session.stderr.write('Cannot open a terminal\n');
  session.exit({ code: 255 });
  return {};
}

/** A login shell is one whose name begins with "-". */
function argumentsFor(shell: string, command: Exclude<Command, { kind: 'sftp' }>): ByteText[] {
  return command.kind === 'shell' ? [`-${basename(shell)}`] : [basename(shell), '-c', command.text];
}

function asCommand(text: string): Exclude<Command, { kind: 'sftp' }> {
  return { kind: 'command', text, original: undefined };
}

/** ~/.ssh/rc, or that of the system (sshd(8), SSHRC). */
function rcCommand({ home }: Account, { restrictions, rules }: SessionTask): string | undefined {
  if (rules.permitUserRC && restrictions.userRc && existsSync(join(home, '.ssh', 'rc')))
    return '/bin/sh .ssh/rc';
  return existsSync(SYSTEM_RC) ? `/bin/sh ${SYSTEM_RC}` : undefined;
}

/** Runs something whose output the client sees, and waits for its end. */
async function runBefore(plan: PipesPlan, session: ServerSession): Promise<void> {
  const { spawn } = await import('node:child_process');
  const [name = plan.shell, ...args] = plan.args.map(String);
  const child = spawn(plan.shell, args, {
    argv0: name,
    cwd: plan.folder,
    env: textOf(plan.environment),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.pipe(session.stdout, { end: false });
  child.stderr.pipe(session.stderr, { end: false });
  await once(child, 'close');
}

function greets({ home }: Account, { rules }: SessionTask): boolean {
  return rules.printMotd && !existsSync(join(home, '.hushlogin'));
}

/** The home, or the root if the user cannot go there. */
function homeOf({ home }: Account, session: ServerSession): string {
  try {
    accessSync(home, constants.X_OK);
    return home;
  } catch {
    session.stderr.write(`Could not chdir to home directory ${home}\n`);
    return '/';
  }
}

/** internal-sftp, with the options of qsftp-server that do not concern the whole process. */
function serveFiles(args: string, session: ServerSession): Program {
  try {
    const command = readServerOptions(splitWords(args));
    if (command.kind === 'say') throw new Error('options without meaning here');
    const { rules, startFolder } = command.settings;
    const files = localFileSystem();
    const shown = startFolder === undefined ? files : startingIn(files, Buffer.from(startFolder));
    void serveSftp(session.channel, shown, rules).then(
      () => session.exit({ code: 0 }),
      () => session.exit({ code: 255 }),
    );
  } catch (error) {
    session.stderr.write(`internal-sftp: ${error instanceof Error ? error.message : String(error)}\n`);
    session.exit({ code: 1 });
  }
  return {};
}

function showAndEnd(text: Uint8Array, session: ServerSession): Program {
  session.stderr.write(text);
  session.exit({ code: 254 });
  return {};
}
