import { lstatSync, readlinkSync, type BigIntStats } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { UnsafeFileError } from './error.ts';

/** A folder or symlink that the kernel passes on its way through a path. */
export interface Step {
  /** Free of symlinks, but for its last part when this is one. */
  readonly path: string;
  readonly stat: BigIntStats;
}

const MAX_LINKS = 40;

/** All that the path depends on, from the root to what it leads to, symlinks and what they pass included. */
export function walk(path: string): { readonly way: readonly Step[]; readonly end: Step } {
  let end = look('/');
  const way = [end];
  let names = split(isAbsolute(path) ? path : `${resolve('.')}/${path}`);
  for (let links = 0; names.length > 0;) {
    const [name = '', ...rest] = names;
    names = rest;
    const step = look(join(end.path, name));
    way.push(step);
    if (!step.stat.isSymbolicLink()) {
      end = step;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) throw tooManyLinks(path);
    const destination = readlinkSync(step.path);
    if (isAbsolute(destination)) end = look('/');
    names = [...split(destination), ...names];
  }
  return { way, end };
}

function look(path: string): Step {
  return { path, stat: lstatSync(path, { bigint: true }) };
}

function split(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function tooManyLinks(path: string): UnsafeFileError {
  return new UnsafeFileError(
    'dangling-link',
    path,
    `Cannot follow "${path}": more than ${MAX_LINKS} links on the way`,
  );
}
