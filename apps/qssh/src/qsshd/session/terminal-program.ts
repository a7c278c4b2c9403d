// A program with a terminal.
import * as pty from '@lydell/node-pty';
import type { Program, ServerSession, Terminal, TerminalSize } from '@orrery/ssh';
import { constants } from 'node:os';
import { roleCommand } from '../role.ts';
import { sendSignal } from './pipes-program.ts';
import { KEPT_VARIABLES, type TextPlan } from './terminal-plan.ts';

/** Sizes that a terminal can have. */
const MAX_SIZE = 65_535;

/** Runs it in a new terminal by way of the helper, and tells how it ended. */
export function runInTerminal(
  plan: TextPlan,
  terminal: Terminal,
  environment: Readonly<Record<string, string>>,
  session: ServerSession,
): Program {
  // The helper is Node.js: what the user says to it would be heard before a forced command. Arguments are for all to see.
  const [own, variables] = [false, true].map((isKept) =>
    Object.fromEntries(
      Object.entries(environment).filter(
        ([name]) => (name.startsWith('NODE_') || name === KEPT_VARIABLES) === isKept,
      ),
    ),
  );
  const helper = roleCommand('terminal', [JSON.stringify(plan)]);
  const child = pty.spawn(helper.file, helper.args, {
    name: terminal.term,
    cols: size(terminal.columns, 80),
    rows: size(terminal.rows, 24),
    cwd: '/',
    env: { ...own, [KEPT_VARIABLES]: JSON.stringify(variables) },
    encoding: null,
  });
  // What is typed is bytes, which node-pty takes although its types do not say so.
  const input: { write(data: Uint8Array | string): void } = child;
  child.onData((data: string | Uint8Array) => {
    if (!session.stdout.write(data)) child.pause();
  });
  session.stdout.on('drain', () => child.resume());
  session.stdin.on('data', (data: Uint8Array) => input.write(data));
  child.onExit(({ exitCode, signal }) => {
    const name = signalName(signal);
    if (name === undefined) session.exit({ code: exitCode });
    else session.exit({ signal: name, coreDumped: false, message: '' });
  });
  return {
    resize: ({ columns, rows }) => child.resize(size(columns, child.cols), size(rows, child.rows)),
    signal: (signal) => sendSignal(child.pid, signal),
    sendBreak: () => true, // which a terminal of this kind takes for nothing
    hangUp: () => child.kill('SIGHUP'),
  };
}

/** As large as a terminal can be. */
export function sizeOf(asked: TerminalSize): TerminalSize {
  const { columns, height, rows, width } = asked;
  return { columns: size(columns, 80), rows: size(rows, 24), width: size(width, 0), height: size(height, 0) };
}

function size(value: number, fallback: number): number {
  return value > 0 ? Math.min(value, MAX_SIZE) : fallback;
}

/** Without "SIG"; undefined for none. */
function signalName(number: number | undefined): string | undefined {
  return Object.entries(constants.signals)
    .find(([, value]) => value === number)?.[0]
    .slice(3);
}
