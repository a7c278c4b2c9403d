import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve, sep } from 'node:path';
import { UsageError, type Terminal } from '@orrery/terminal';
import type { Place } from '@orrery/vault';
import { demandApart } from './apart.ts';

/** Flags as commander parsed them. */
export type Options = Readonly<Record<string, unknown>>;

/** What every command works with. */
export interface Context {
  readonly terminal: Terminal;
  /** The command's name. */
  readonly command: string;
  /** Absolute path of the state folder. */
  readonly home: string;
  readonly place: Place;
  /** Where `--safe-mode` writes. */
  readonly safeFolder: string;
  readonly dryRun: boolean;
  /** Words after the command. */
  readonly words: readonly string[];
  readonly options: Options;
}

/** A command: does its work and returns the exit code. */
export type Action = (context: Context) => Promise<number>;

/** Works out the paths. `$HOME` counts, not the account database. */
export function makeContext(
  terminal: Terminal,
  command: string,
  words: readonly string[],
  options: Options,
  environment: NodeJS.ProcessEnv,
): Context {
  const userHome = environment['HOME'] || homedir();
  if (!isAbsolute(userHome))
    throw new UsageError(`Cannot use home directory "${userHome}": $HOME must be absolute`);
  const state = text(options, 'home') ?? (environment['SSH_SYNC_HOME'] || join(userHome, '.ssh-sync'));
  const home = resolve(state);
  const folder = resolve(text(options, 'path') ?? text(options, 'sshDir') ?? join(userHome, '.ssh'));
  const safeFolder = join(userHome, '.ssh-sync-data');
  const system = sep === '\\' ? join(environment['PROGRAMDATA'] || 'C:\\ProgramData', 'ssh') : '/etc/ssh';
  for (const written of flag(options, 'safeMode') ? [folder, safeFolder] : [folder])
    demandApart(written, home);
  demandFolder(folder);
  return {
    terminal,
    command,
    home,
    place: { folder, home: userHome, system, separator: sep === '\\' ? '\\' : '/' },
    safeFolder,
    dryRun: flag(options, 'dryRun'),
    words,
    options,
  };
}

/** What is not there yet is made when something arrives. @throws {UsageError} */
function demandFolder(folder: string): void {
  const stat = statSync(folder, { throwIfNoEntry: false });
  if (stat?.isDirectory() === false)
    throw new UsageError(`Cannot use "${folder}": it is not a folder`, {
      hint: 'name a folder with --ssh-dir or --path',
    });
}

/** The value of an option that takes text. */
export function text(options: Options, name: string): string | undefined {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
}

/** Whether an option without a value was given. */
export function flag(options: Options, name: string): boolean {
  return options[name] === true;
}

/** The values of an option that takes several. */
export function texts(options: Options, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
