// One session: a command, a shell or a subsystem, with or without a terminal.
import type { Client, ClientSession, Exit } from '@orrery/ssh';
import { visible } from '@orrery/terminal';
import type { ClientConfig } from '../../config/load-config.ts';
import { LoginError } from '../failure.ts';
import type { Log } from '../log.ts';
import { sendVariables } from './environment.ts';
import { type EscapeAction, createEscapeReader, escapeCode } from './escapes.ts';
import { type EscapeContext, perform } from './escape-actions.ts';
import { prepareForwarding } from './forwarded-agent.ts';
import { sendInput } from './input.ts';
import { copyOutput } from './output.ts';
import { type RawTerminal, takeTerminal } from './raw-terminal.ts';
import { localTerminal } from './terminal-modes.ts';

export interface SessionRequest {
  readonly client: Client;
  readonly config: ClientConfig;
  readonly log: Log;
  /** As typed; '' for a shell. */
  readonly command: string;
}

type LocalTerminal = ReturnType<typeof localTerminal>;

/** What the other side's terminal is like if there is none here. */
const unknownTerminal: LocalTerminal = { modes: {}, size: { columns: 80, rows: 24, width: 0, height: 0 } };

/** Runs the session to its end. @returns the exit code @throws {LoginError} */
export async function runSession(request: SessionRequest): Promise<number> {
  const { client, config, log } = request;
  const { settings } = config;
  const wantsTerminal = isTerminalWanted(request);
  const [session, forwardAgent] = await Promise.all([
    client.session(),
    prepareForwarding(client, config, log),
  ]);
  client.noMoreSessions();
  // Before the terminal is taken: the other side's shall be as it was.
  const local = wantsTerminal && process.stdin.isTTY ? localTerminal() : undefined;
  const terminal = local && takeTerminal(log);
  let leaveInput = (): void => undefined;
  try {
    terminal?.onResize((size) => session.windowChange(size));
    void forwardAgent?.(session);
    const started = start(session, request, wantsTerminal ? (local ?? unknownTerminal) : undefined);
    const output = Promise.all([
      copyOutput(session.stdout, process.stdout, () => session.channel.refuseData()),
      copyOutput(session.stderr, process.stderr, () => undefined),
    ]);
    if (settings.isOn('stdinnull')) session.stdin.end();
    else leaveInput = connectInput(session, request, terminal);
    await started;
    const exit = await session.exit;
    await output;
    return exitCodeOf(exit, log);
  } finally {
    leaveInput();
    terminal?.restore();
    if (wantsTerminal) log.info(`Connection to ${config.host} closed.`);
  }
}

/** -t, -T and RequestTTY (ssh(1)). */
function isTerminalWanted({ config: { settings }, command, log }: SessionRequest): boolean {
  const wish = settings.get('requesttty');
  if (wish === 'force') return true;
  const isCommand = command !== '' || settings.has('remotecommand');
  const isWanted =
    wish === 'true' || (wish === 'auto' && !isCommand && settings.get('sessiontype') === 'default');
  if (!isWanted) return false;
  if (process.stdin.isTTY && !settings.isOn('stdinnull')) return true;
  log.info('Pseudo-terminal will not be allocated because stdin is not a terminal.');
  return false;
}

/** All requests leave at once. @throws {LoginError} if the last one is refused. */
async function start(
  session: ClientSession,
  { config, command, log }: SessionRequest,
  wanted: LocalTerminal | undefined,
): Promise<void> {
  const { settings } = config;
  const term = process.env['TERM'] ?? 'dumb';
  const pty = wanted && session.pty({ ...wanted.size, term, modes: wanted.modes });
  sendVariables(session, settings, log);
  const line = command === '' ? (settings.get('remotecommand') ?? '') : command;
  const isSubsystem = settings.get('sessiontype') === 'subsystem';
  const what = isSubsystem ? 'subsystem' : line === '' ? 'shell' : 'exec';
  if (line !== '') log.debug(`Sending ${isSubsystem ? 'subsystem' : 'command'}: ${line}`);
  const started = isSubsystem ? session.subsystem(line) : line === '' ? session.shell() : session.exec(line);
  if (pty !== undefined && !(await pty)) log.error('PTY allocation request failed on channel 0');
  if (!(await started)) {
    session.close();
    throw new LoginError(`${what} request failed on channel 0`);
  }
}

function connectInput(
  session: ClientSession,
  request: SessionRequest,
  terminal: RawTerminal | undefined,
): () => void {
  const setting = request.config.settings.get('escapechar') ?? '~';
  const escape = terminal === undefined ? undefined : escapeCode(setting);
  const reader = escape === undefined ? undefined : createEscapeReader(escape);
  const context: EscapeContext = { ...request, session, terminal, setting };
  return sendInput(
    session.stdin,
    reader === undefined ? undefined : (bytes) => reader.take(bytes),
    (action: EscapeAction) => perform(action, context),
  );
}

/** As ssh: 255 unless the program ended by itself. */
function exitCodeOf(exit: Exit | undefined, log: Log): number {
  if (exit === undefined) return 255;
  if ('code' in exit) return exit.code & 0xff;
  log.debug(`The remote program was ended by signal ${visible(exit.signal)}`);
  return 255;
}
