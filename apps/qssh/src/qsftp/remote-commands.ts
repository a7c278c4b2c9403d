import type { Attributes } from '@orrery/ssh';
import { isFolder, isRegular } from '../copy/modes.ts';
import { bytesOf, nameOf, shown } from '../copy/names.ts';
import { CommandError, type Arguments, type Command, type WordKind } from './command.ts';
import { unescaped } from '../copy/glob.ts';
import type { Session } from './session.ts';

type Run = Command['run'];

/** A command whose words are paths on the server. */
function command(name: string, usage: string, summary: string, count: number, run: Run, flags = ''): Command {
  const kinds = Array.from({ length: count }, (): WordKind => 'remote');
  return { names: [name], usage, summary, flags, counts: [count, count], kinds, run };
}

/** A command with a value before a path on the server. */
function changing(name: string, usage: string, summary: string, run: Run): Command {
  return { names: [name], usage, summary, flags: 'h', counts: [2, 2], kinds: ['other', 'remote'], run };
}

export const remoteCommands: readonly Command[] = [
  {
    ...command('cd', 'path', "Change remote directory to 'path'", 1, changeFolder),
    names: ['cd', 'chdir'],
    counts: [0, 1],
  },
  changing('chgrp', '[-h] grp path', "Change group of file 'path' to 'grp'", changeGroup),
  changing('chmod', '[-h] mode path', "Change permissions of file 'path' to 'mode'", changeMode),
  changing('chown', '[-h] own path', "Change owner of file 'path' to 'own'", changeOwner),
  { ...command('copy', 'oldpath newpath', 'Copy remote file', 2, copy), names: ['copy', 'cp'] },
  command('ln', '[-s] oldpath newpath', 'Link remote file (-s for symlink)', 2, link, 's'),
  command('mkdir', 'path', 'Create remote directory', 1, (session, { words: [path = ''] }) =>
    session.remote.makeFolder(session.path(path), 0o777),
  ),
  command('pwd', '', 'Display remote working directory', 0, (session) =>
    session.terminal.print(`Remote working directory: ${shown(session.folder)}`),
  ),
  command('rename', '[-l] oldpath newpath', 'Rename remote file', 2, rename, 'l'),
  { ...command('rm', 'path', 'Delete remote file', 1, remove), names: ['rm', 'delete'] },
  command('rmdir', 'path', 'Remove remote directory', 1, (session, { words: [path = ''] }) =>
    session.remote.sftp.removeFolder(bytesOf(session.path(path))),
  ),
  command('symlink', 'oldpath newpath', 'Symlink remote file', 2, (session, args) =>
    link(session, { ...args, flags: new Set(['s']) }),
  ),
];

async function changeFolder(session: Session, { words: [word] }: Arguments): Promise<void> {
  const wanted = word === undefined ? session.home : session.path(word);
  const real = nameOf(await session.remote.sftp.realPath(bytesOf(wanted)));
  if (!isFolder(await session.remote.status(real)))
    throw new Error(`Can't change directory: "${shown(real)}" is not a directory`);
  session.folder = real;
}

/** Does something with every path that a word finds. */
async function each(session: Session, word: string, act: (path: string) => Promise<void>): Promise<void> {
  for (const path of await session.paths(word))
    await act(path).catch((error: unknown) => session.fail(path, error));
}

function remove(session: Session, { words: [word = ''] }: Arguments): Promise<void> {
  return each(session, word, async (path) => {
    session.say(`Removing ${shown(path)}`);
    await session.remote.sftp.remove(bytesOf(path));
  });
}

async function rename(session: Session, { flags, words: [from = '', to = ''] }: Arguments): Promise<void> {
  const { sftp } = session.remote;
  const [source, target] = [bytesOf(session.path(from)), bytesOf(session.path(to))];
  await (flags.has('l') ? sftp.renameNew(source, target) : sftp.rename(source, target));
}

/** What a symbolic link points to stays as it was written. */
async function link(session: Session, { flags, words: [from = '', to = ''] }: Arguments): Promise<void> {
  const { sftp } = session.remote;
  const path = bytesOf(session.path(to));
  if (flags.has('s')) await sftp.makeLink(bytesOf(unescaped(from)), path);
  else await sftp.hardLink(bytesOf(session.path(from)), path);
}

/** A copy on the server, by the server. */
async function copy(session: Session, { words: [from = '', to = ''] }: Arguments): Promise<void> {
  const { sftp } = session.remote;
  const source = bytesOf(session.path(from));
  const attributes = await sftp.status(source);
  if (!isRegular(attributes)) throw new Error(`Cannot copy non-regular file: ${shown(session.path(from))}`);
  const input = await sftp.open(source, ['read']);
  try {
    const mode = (attributes.mode ?? 0o666) & 0o777;
    const output = await sftp.open(bytesOf(session.path(to)), ['write', 'create', 'truncate'], { mode });
    try {
      await sftp.copyData(input, 0, 0, output, 0);
    } finally {
      await output.close();
    }
  } finally {
    await input.close();
  }
}

function changeMode(session: Session, { flags, words: [mode = '', word = ''] }: Arguments): Promise<void> {
  if (!/^[0-7]{1,4}$/.test(mode)) throw new CommandError(`Bad mode: ${shown(mode)}: octal digits expected`);
  return each(session, word, async (path) => {
    session.say(`Changing mode on ${shown(path)}`);
    await setStatus(session, flags, path, { mode: Number.parseInt(mode, 8) });
  });
}

function changeOwner(session: Session, { flags, words: [owner = '', word = ''] }: Arguments): Promise<void> {
  const uid = idOf(owner);
  return each(session, word, async (path) => {
    session.say(`Changing owner on ${shown(path)}`);
    const { gid } = await ownerOf(session, flags, path);
    await setStatus(session, flags, path, { owner: { uid, gid } });
  });
}

function changeGroup(session: Session, { flags, words: [group = '', word = ''] }: Arguments): Promise<void> {
  const gid = idOf(group);
  return each(session, word, async (path) => {
    session.say(`Changing group on ${shown(path)}`);
    const { uid } = await ownerOf(session, flags, path);
    await setStatus(session, flags, path, { owner: { uid, gid } });
  });
}

function idOf(text: string): number {
  const id = /^[0-9]{1,10}$/.test(text) ? Number(text) : 2 ** 32;
  if (id >= 2 ** 32) throw new CommandError(`Bad user or group: ${shown(text)}: a number expected`);
  return id;
}

async function ownerOf(
  { remote }: Session,
  flags: ReadonlySet<string>,
  path: string,
): Promise<{ readonly uid: number; readonly gid: number }> {
  const { owner } = await (flags.has('h') ? remote.linkStatus(path) : remote.status(path));
  if (owner === undefined) throw new Error("Can't get current ownership of remote file");
  return owner;
}

function setStatus(
  { remote }: Session,
  flags: ReadonlySet<string>,
  path: string,
  attributes: Attributes,
): Promise<void> {
  return flags.has('h')
    ? remote.sftp.setLinkStatus(bytesOf(path), attributes)
    : remote.setStatus(path, attributes);
}
