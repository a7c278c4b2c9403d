import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import type { Terminal } from '@orrery/terminal';
import { expressionOf } from '../copy/glob.ts';
import { baseOf, shown, textOf } from '../copy/names.ts';
import { reasonOf } from '../copy/reason.ts';
import type { RemoteAddress } from '../copy/remote-address.ts';
import { sshWords } from '../copy/ssh-words.ts';
import { StreamPair } from '../copy/stream-pair.ts';
import type { CommandLine } from './command-line.ts';
import { LegacyLink } from './legacy-link.ts';
import { receiveAll } from './legacy-sink.ts';
import { sendPath, type LegacyOptions } from './legacy-source.ts';

export interface LegacySource {
  readonly name: string;
  readonly address: RemoteAddress | undefined;
}

/** Copies with the old protocol of scp (-O), at least one side being another machine. Gives the exit code. */
export async function copyAllLegacy(
  line: CommandLine,
  sources: readonly LegacySource[],
  target: RemoteAddress | undefined,
  terminal: Terminal,
): Promise<number> {
  const copy = new LegacyCopy(line, sources.length > 1, terminal);
  for (const { name, address } of sources) {
    try {
      if (address === undefined && target !== undefined) await copy.upload(name, target);
      else if (address !== undefined && target === undefined) await copy.download(address);
      else if (address !== undefined && target !== undefined) await copy.relay(address, target);
      else throw new Error('with -O, a copy on this machine cannot be one of several');
    } catch (error) {
      copy.fail(address?.path ?? name, reasonOf(error));
    }
  }
  return copy.exitCode;
}

interface Remote {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly ended: Promise<number>;
}

class LegacyCopy {
  exitCode = 0;
  readonly #line: CommandLine;
  readonly #needsFolder: boolean;
  readonly #terminal: Terminal;
  readonly #options: LegacyOptions;

  constructor(line: CommandLine, needsFolder: boolean, terminal: Terminal) {
    this.#line = line;
    this.#needsFolder = needsFolder;
    this.#terminal = terminal;
    const failed = (path: string, reason: string): void => this.fail(path, reason);
    this.#options = { recursive: line.recursive, preserve: line.preserve, failed };
  }

  fail(path: string, reason: string): void {
    this.exitCode = 1;
    this.#terminal.fail(new Error(`${shown(path)}: ${shown(reason)}`));
  }

  async upload(path: string, target: RemoteAddress): Promise<void> {
    const remote = this.#start(target, '-t');
    await this.#with(remote, async (link) => {
      await link.expectOk();
      await sendPath(link, path, this.#options);
    });
  }

  async download(source: RemoteAddress): Promise<void> {
    const remote = this.#start(source, '-f');
    const options = { ...this.#options, isWanted: wanted(source.path), needsFolder: this.#needsFolder };
    await this.#with(remote, (link) => receiveAll(link, this.#line.target, options));
  }

  /** Both sides speak with each other, through this machine. */
  async relay(source: RemoteAddress, target: RemoteAddress): Promise<void> {
    const [from, to] = [this.#start(source, '-f'), this.#start(target, '-t')];
    for (const stream of [from.child.stdin, to.child.stdin]) stream.on('error', () => {});
    from.child.stdout.pipe(to.child.stdin);
    to.child.stdout.pipe(from.child.stdin);
    const codes = await Promise.all([from.ended, to.ended]);
    if (codes.some((code) => code !== 0)) this.exitCode = 1;
  }

  async #with({ child, ended }: Remote, act: (link: LegacyLink) => Promise<void>): Promise<void> {
    const duplex = new StreamPair(child.stdout, child.stdin);
    duplex.on('error', () => {});
    const link = new LegacyLink(duplex);
    try {
      await act(link);
      link.end();
    } catch (error) {
      duplex.destroy();
      throw error;
    } finally {
      if ((await ended) !== 0) this.exitCode = 1;
    }
  }

  /** The other side's shell reads the path, as it always did with the old protocol. */
  #start(address: RemoteAddress, role: '-f' | '-t'): Remote {
    const { program = defaultSsh(), sshOptions, port, recursive, preserve } = this.#line;
    const flags = [
      ...(recursive ? ['-r'] : []),
      ...(preserve ? ['-p'] : []),
      ...(role === '-t' && this.#needsFolder ? ['-d'] : []),
    ];
    const path = address.path === '' ? '.' : address.path;
    const words = ['scp', ...flags, role, ...(path.startsWith('-') ? ['--'] : []), textOf(path) ?? path];
    const where = { ...address, port: address.port ?? port };
    const args = sshWords(sshOptions, where, words.join(' '));
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = new Promise<number>((resolve) => {
      child.once('error', () => resolve(1));
      child.once('exit', (code) => resolve(code ?? 1));
    });
    return { child, ended };
  }
}

/**
 * qssh beside this program, or the one that is found in PATH. Two pipes to a program of its own are what the old protocol
 * was made for, and a relay passes on between two of them: whoever needs it does not need it to be fast.
 */
function defaultSsh(): string {
  try {
    const beside = join(dirname(realpathSync(process.argv[1] ?? '')), 'qssh');
    if (existsSync(beside)) return beside;
  } catch {
    // This program has no file of its own.
  }
  return 'qssh';
}

/** Names that a path asks for: a server that sends others is not believed. What has no name of its own asks for any. */
function wanted(path: string): (name: string) => boolean {
  const base = baseOf(path);
  if (/^(?:|\/|\.|\.\.|~.*)$/.test(base)) return () => true;
  const pattern = expressionOf(base);
  return (name) => name === base || pattern.test(name);
}
