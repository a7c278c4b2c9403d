import { copyFolder, copyOne, type TreeOptions } from '../copy/copy-tree.ts';
import type { Spot } from '../copy/copy-file.ts';
import { glob, unescaped } from '../copy/glob.ts';
import { isFolder } from '../copy/modes.ts';
import { absolute, baseOf, isPlainName, joined, shown } from '../copy/names.ts';
import { isFolderAt } from '../copy/place.ts';
import type { Arguments, Command } from './command.ts';
import type { Session } from './session.ts';

/** A command that copies from the first kind of path to the second. */
function copying(
  names: readonly string[],
  summary: string,
  kinds: Command['kinds'],
  run: Command['run'],
): Command {
  const [from = '', to = ''] = kinds;
  return { names, usage: `[-afpR] ${from} [${to}]`, summary, flags: 'afpPrR', counts: [1, 2], kinds, run };
}

const down = ['remote', 'local'] as const;
const up = ['local', 'remote'] as const;

export const transferCommands: readonly Command[] = [
  copying(['get'], 'Download file', down, get),
  copying(['reget'], 'Resume download of file', down, (session, args) => get(session, resuming(args))),
  copying(['put', 'mput'], 'Upload file', up, put),
  copying(['reput'], 'Resume upload of file', up, (session, args) => put(session, resuming(args))),
];

function resuming(args: Arguments): Arguments {
  return { ...args, flags: args.flags.union(new Set(['a'])) };
}

async function get(session: Session, { flags, words: [source = '', target] }: Arguments): Promise<void> {
  const paths = await session.paths(source);
  const folder = target === undefined ? '.' : unescaped(target);
  await copyAll(
    session,
    flags,
    paths,
    { place: session.remote, path: '' },
    { place: session.local, path: folder },
  );
}

async function put(session: Session, { flags, words: [source = '', target = ''] }: Arguments): Promise<void> {
  const paths = await glob(session.local, source);
  if (paths.length === 0) throw new Error(`File "${shown(source)}" not found.`);
  const folder = absolute(unescaped(target), session.folder);
  await copyAll(
    session,
    flags,
    paths,
    { place: session.local, path: '' },
    { place: session.remote, path: folder },
  );
}

async function copyAll(
  session: Session,
  flags: ReadonlySet<string>,
  paths: readonly string[],
  { place: from }: Spot,
  target: Spot,
): Promise<void> {
  const leadsToFolder = await isFolderAt(target.place, target.path);
  if (paths.length > 1 && !leadsToFolder)
    throw new Error(`Multiple source paths, but destination "${shown(target.path)}" is not a directory`);
  const options = session.copying(flags);
  const recursive = session.options.recursive || flags.has('r') || flags.has('R');
  for (const path of paths) {
    if (session.isInterrupted) throw new Error('Interrupted');
    const to = leadsToFolder ? inside(target.path, path) : target.path;
    await copyPath(session, { place: from, path }, { place: target.place, path: to }, recursive, options);
  }
}

async function copyPath(
  session: Session,
  from: Spot,
  to: Spot,
  recursive: boolean,
  options: TreeOptions,
): Promise<void> {
  try {
    await existing(session, from);
    const attributes = await from.place.status(from.path);
    session.say(sentence(session, from, to, options.resume));
    if (isFolder(attributes) && !recursive) throw new Error('not a regular file');
    const copy = isFolder(attributes) ? copyFolder : copyOne;
    if (!(await copy(from, attributes, to, options))) session.hasFailed = true;
  } catch (error) {
    session.fail(from.path, error);
  }
}

/** A remote path is looked for first, as every path that a pattern found was. @throws {Error} */
async function existing(session: Session, { place, path }: Spot): Promise<void> {
  if (place === session.remote) await place.linkStatus(path);
}

function sentence(session: Session, from: Spot, to: Spot, resume: boolean): string {
  const isDownload = from.place === session.remote;
  const verb = resume ? 'Resuming' : isDownload ? 'Fetching' : 'Uploading';
  return `${verb} ${shown(from.path)} to ${shown(to.path)}`;
}

/** Where a path goes in a folder: what has no name of its own gives what is in it. */
function inside(folder: string, path: string): string {
  const name = baseOf(path);
  if (!isPlainName(name)) return folder;
  return folder === '.' ? name : joined(folder, name);
}
