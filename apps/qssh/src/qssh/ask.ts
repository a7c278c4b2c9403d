// Questions of a login: on the terminal of the process, or by the program in SSH_ASKPASS (ssh(1), ENVIRONMENT).
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { readTerminalLine } from '@orrery/terminal';

type Environment = Readonly<Record<string, string | undefined>>;

/** Whoever answers; undefined is no answer. */
export interface Asker {
  line(prompt: string): Promise<string | undefined>;
  /** An answer that nobody may see; the caller wipes it. */
  secret(prompt: string): Promise<Uint8Array | undefined>;
}

/** Longest answer of a program, in bytes. */
const MAX_ANSWER = 8192;

/** @param isBatch BatchMode: nobody is asked. */
export function createAsker(environment: Environment, isBatch: boolean): Asker {
  const answer = async (prompt: string, echo: boolean): Promise<Uint8Array | undefined> => {
    if (isBatch) return undefined;
    return usesProgram(environment) ? askProgram(environment, prompt, echo) : readTerminalLine(prompt, echo);
  };
  return {
    line: async (prompt) => {
      const bytes = await answer(prompt, true);
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
    },
    secret: (prompt) => answer(prompt, false),
  };
}

/** SSH_ASKPASS_REQUIRE decides; without it, a program is asked when there is a display but no terminal. */
function usesProgram(environment: Environment): boolean {
  const demand = environment['SSH_ASKPASS_REQUIRE']?.toLowerCase();
  if (environment['SSH_ASKPASS'] === undefined || demand === 'never') return false;
  if (demand === 'force') return true;
  const hasDisplay = ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => (environment[name] ?? '') !== '');
  if (!hasDisplay) return false;
  return demand === 'prefer' || !hasTerminal();
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r+'));
    return true;
  } catch {
    return false;
  }
}

function askProgram(environment: Environment, prompt: string, echo: boolean): Uint8Array | undefined {
  const { status, stdout } = spawnSync(environment['SSH_ASKPASS'] ?? '', [prompt], {
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: MAX_ANSWER,
    env: { ...environment, ...(echo && { SSH_ASKPASS_PROMPT: '' }) },
  });
  if (status !== 0) return undefined;
  const end = stdout.findIndex((byte) => byte === 0x0a || byte === 0x0d);
  const line = new Uint8Array(stdout.subarray(0, end === -1 ? stdout.length : end));
  stdout.fill(0);
  return line;
}
