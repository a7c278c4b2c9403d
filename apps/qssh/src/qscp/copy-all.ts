import { spawn } from 'node:child_process';
import type { Attributes } from '@orrery/ssh';
import type { Terminal } from '@orrery/terminal';
import type { TreeOptions } from '../copy/copy-tree.ts';
import type { Spot } from '../copy/copy-file.ts';
import { expandHome } from '../copy/expand-home.ts';
import { glob } from '../copy/glob.ts';
import { LocalPlace } from '../copy/local-place.ts';
import { isFolder } from '../copy/modes.ts';
import { baseOf, bytesOf, isPlainName, joined, shown } from '../copy/names.ts';
import { pacer } from '../copy/pace.ts';
import { isFolderAt, statusIfAny } from '../copy/place.ts';
import { readAddress, type RemoteAddress } from '../copy/remote-address.ts';
import type { RemotePlace } from '../copy/remote-place.ts';
import { failureOf } from '../copy/target-error.ts';
import type { CommandLine } from './command-line.ts';
import { Servers } from './servers.ts';

/** Copies every source to the target, and gives the exit code. What fails is said, and the rest is copied. */
export async function copyAll(line: CommandLine, terminal: Terminal): Promise<number> {
  const target = readAddress(line.target, 'scp');
  const sources = line.sources.map((name) => ({ name, address: readAddress(name, 'scp') }));
  if (target === undefined && sources.every(({ address }) => address === undefined)) return copyHere(line);
  if (line.legacy) {
    const { copyAllLegacy } = await import('./legacy-client.ts');
    return copyAllLegacy(line, sources, target, terminal);
  }
  const servers = new Servers(line, (text) => terminal.warn(text));
  const copy = new Copy(line, terminal, servers);
  try {
    const to = await copy.target(target);
    for (const { name, address } of sources) await copy.source(name, address, to);
  } catch (error) {
    copy.fail(line.target, error);
  } finally {
    await servers.end();
  }
  return copy.exitCode;
}

interface Target {
  readonly spot: Spot;
  readonly isFolder: boolean;
}

class Copy {
  exitCode = 0;
  readonly #line: CommandLine;
  readonly #terminal: Terminal;
  readonly #servers: Servers;
  readonly #here = new LocalPlace();
  readonly #options: TreeOptions;

  constructor(line: CommandLine, terminal: Terminal, servers: Servers) {
    this.#line = line;
    this.#terminal = terminal;
    this.#servers = servers;
    this.#options = {
      preserve: line.preserve,
      sync: false,
      resume: false,
      inPlace: true,
      followLinks: true,
      ...(line.chunk !== undefined && { chunk: line.chunk }),
      ...(line.outstanding !== undefined && { outstanding: line.outstanding }),
      ...(line.limit !== undefined && { pace: pacer(line.limit) }),
      begin: (from, _, size) => this.#begin(from, size),
      enter: (from) => terminal.verbose(`Entering ${shown(from.path)}`),
      failed: (path, error) => this.fail(path, error),
    };
  }

  fail(path: string, error: unknown): void {
    this.exitCode = 1;
    this.#terminal.fail(new Error(failureOf(path, error)));
  }

  /** Where everything goes. @throws {Error} if it is no folder and several sources are to go there. */
  async target(address: RemoteAddress | undefined): Promise<Target> {
    const spot = await this.#spotOf(this.#line.target, address);
    const leadsToFolder = await isFolderAt(spot.place, spot.path);
    if (this.#line.sources.length > 1 && !leadsToFolder) throw new Error('Not a directory');
    return { spot, isFolder: leadsToFolder };
  }

  /** Copies one argument, which may be a pattern if it is on another machine. */
  async source(name: string, address: RemoteAddress | undefined, to: Target): Promise<void> {
    try {
      const { place, path } = await this.#spotOf(name, address);
      const found = address === undefined ? [path] : await glob(place, path);
      // A pattern that finds nothing stands for itself.
      const paths = found.length === 0 ? [path] : found;
      const isSplit = paths.length > 1 && !to.isFolder;
      if (isSplit) throw new Error('several files match, but the target is not a directory');
      for (const one of paths) await this.#copy({ place, path: one }, to);
    } catch (error) {
      this.fail(address?.path ?? name, error);
    }
  }

  async #copy(from: Spot, to: Target): Promise<void> {
    const attributes = await from.place
      .status(from.path)
      .catch((error: unknown) => this.fail(from.path, error));
    if (attributes === undefined) return;
    const target: Spot = {
      place: to.spot.place,
      path: to.isFolder ? inside(to.spot.path, from.path) : to.spot.path,
    };
    if (!(await this.#copied(from, attributes, target))) this.exitCode = 1;
  }

  async #copied(from: Spot, attributes: Attributes, target: Spot): Promise<boolean> {
    // What is heavy comes when a connection is there.
    const { copyFolder, copyOne } = await import('../copy/copy-tree.ts');
    if (!isFolder(attributes)) return copyOne(from, attributes, target, this.#options);
    if (this.#line.recursive) return copyFolder(from, attributes, target, this.#options);
    this.fail(from.path, new Error('not a regular file'));
    return false;
  }

  async #spotOf(name: string, address: RemoteAddress | undefined): Promise<Spot> {
    if (address === undefined) return { place: this.#here, path: name === '' ? '.' : name };
    const place: RemotePlace = await this.#servers.at(address);
    const path = await expandHome(place, address.path);
    return { place, path: path === '' ? '.' : path };
  }

  #begin(from: Spot, size: number): ReturnType<TreeOptions['begin']> {
    if (this.#line.quiet) return { tick: () => {}, end: () => {} };
    return this.#terminal.transfer(shown(baseOf(from.path)), size);
  }
}

/** Where a source goes in a folder: `.` and `..` give what is in them. */
function inside(folder: string, path: string): string {
  const name = baseOf(path);
  return isPlainName(name) ? joined(folder, name) : folder;
}

/** What has no other machine in it is for cp(1). */
async function copyHere({ recursive, preserve, sources, target }: CommandLine): Promise<number> {
  const options = [...(recursive ? ['-r'] : []), ...(preserve ? ['-p'] : []), '--'];
  let exitCode = 0;
  const here = new LocalPlace();
  const known = await statusIfAny(here, target);
  if (sources.length > 1 && (known === undefined || !isFolder(known)))
    throw new Error(`${shown(target)}: Not a directory`);
  for (const source of sources) if ((await runCopy([...options, source, target])) !== 0) exitCode = 1;
  return exitCode;
}

function runCopy(args: readonly string[]): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const child = spawn(
    'cp',
    args.map((word) => bytesOf(word).toString()),
    { stdio: 'inherit' },
  );
  child.once('error', reject);
  child.once('exit', (code) => resolve(code ?? 1));
  return promise;
}
