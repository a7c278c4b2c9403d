// A helper that begins in a new terminal, sets it up, and becomes the user's program. The terminal's settings belong to
// whoever is in it, and a login shell has to be called "-sh": node-pty can do neither.
import { spawnSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';
import { isHelperPlan, KEPT_VARIABLES, type TerminalPlan } from './terminal-plan.ts';
import { sttyArguments } from './stty.ts';

/** @param plan As JSON. */
export function runTerminal([text = '']: readonly string[]): Promise<number> {
  const plan: unknown = JSON.parse(text);
  if (!isHelperPlan(plan)) throw new TypeError('Cannot begin in the terminal: there is no plan');
  const variables = takeKeptVariables();
  prepare(plan);
  const environment = { ...process.env, ...variables, SSH_TTY: readlinkSync('/proc/self/fd/0') };
  if (process.execve === undefined)
    throw new TypeError('Cannot become the program: the system has no execve');
  process.execve(plan.shell, plan.args, environment);
  return Promise.resolve(255);
}

function takeKeptVariables(): Record<string, string> {
  const kept: unknown = JSON.parse(process.env[KEPT_VARIABLES] ?? '{}');
  Reflect.deleteProperty(process.env, KEPT_VARIABLES);
  return Object.fromEntries(
    Object.entries(kept ?? {}).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

function prepare({ before, folder, modes, shell, show }: TerminalPlan): void {
  const settings = sttyArguments(modes);
  if (settings.length > 0) spawnSync('/bin/stty', settings, { stdio: ['inherit', 'ignore', 'ignore'] });
  for (const file of show) showFile(file);
  try {
    process.chdir(folder);
  } catch {
    process.stderr.write(`Could not chdir to home directory ${folder}\n`);
  }
  if (before !== undefined) spawnSync(shell, ['-c', before], { stdio: 'inherit' });
}

function showFile(file: string): void {
  try {
    process.stdout.write(readFileSync(file));
  } catch {
    // none is as good as an empty one
  }
}
