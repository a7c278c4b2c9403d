import { longName, type Attributes } from '@orrery/ssh';
import { isFolder } from '../copy/modes.ts';
import { baseOf, bytesOf, joined, nameOf, shown } from '../copy/names.ts';
import type { Arguments, Command } from './command.ts';
import type { Session } from './session.ts';
import { sizeText } from './size-text.ts';

export const listCommand: Command = {
  names: ['ls', 'dir'],
  usage: '[-1afhlnrSt] [path]',
  summary: 'Display remote directory listing',
  flags: '1afhlnrSt',
  counts: [0, 1],
  kinds: ['remote'],
  run: list,
};

/** Columns where nobody tells how many there are. */
const DEFAULT_WIDTH = 80;

interface Item {
  /** As it is shown. */
  readonly label: string;
  readonly name: string;
  readonly attributes: Attributes;
}

async function list(session: Session, { flags, words: [word] }: Arguments): Promise<void> {
  const items = await itemsOf(session, word, flags.has('a'));
  const sorted = flags.has('f') ? items : items.toSorted(orderOf(flags));
  if (flags.has('r')) sorted.reverse();
  for (const line of await linesOf(session, sorted, flags)) session.terminal.print(line);
}

/** What a word finds: what is in the folder if it is only one. */
async function itemsOf(session: Session, word: string | undefined, all: boolean): Promise<Item[]> {
  if (word === undefined) return inFolder(session, session.folder, '', all);
  const paths = await session.paths(word);
  const [path = '', ...others] = paths;
  if (others.length === 0) {
    await session.remote.linkStatus(path);
    if (isFolder(await session.remote.status(path))) return inFolder(session, path, word, all);
  }
  const items: Item[] = [];
  for (const one of paths) {
    const attributes = await session.remote.linkStatus(one);
    const mark = isFolder(attributes) ? '/' : '';
    items.push({ label: session.shownPath(one, word) + mark, name: baseOf(one), attributes });
  }
  return items;
}

/** What is in a folder, with the path that a word found it by. */
async function inFolder(session: Session, path: string, word: string, all: boolean): Promise<Item[]> {
  const entries = await session.remote.list(path);
  const own = all ? await Promise.all(['.', '..'].map((name) => entryAt(session, path, name))) : [];
  const visibleEntries = entries.filter(({ name }) => all || !name.startsWith('.'));
  return [...own, ...visibleEntries].map(({ name, attributes }) => ({
    label: word === '' ? shown(name) : session.shownPath(joined(path, name), word),
    name,
    attributes,
  }));
}

async function entryAt(
  session: Session,
  folder: string,
  name: string,
): Promise<{ readonly name: string; readonly attributes: Attributes }> {
  return { name, attributes: await session.remote.linkStatus(joined(folder, name)) };
}

type Order = (one: Item, other: Item) => number;

function orderOf(flags: ReadonlySet<string>): Order {
  const byName: Order = (one, other) => (one.name < other.name ? -1 : Number(one.name > other.name));
  const timeOf = ({ attributes }: Item): number => attributes.times?.modified ?? 0;
  const sizeOf = ({ attributes }: Item): number => attributes.size ?? 0;
  if (flags.has('t')) return (one, other) => timeOf(other) - timeOf(one) || byName(one, other);
  if (flags.has('S')) return (one, other) => sizeOf(other) - sizeOf(one) || byName(one, other);
  return byName;
}

async function linesOf(
  session: Session,
  items: readonly Item[],
  flags: ReadonlySet<string>,
): Promise<readonly string[]> {
  if (flags.has('l') || flags.has('n')) return longLines(session, items, flags);
  const labels = items.map(({ label }) => label);
  return flags.has('1') ? labels : inColumns(labels, process.stdout.columns || DEFAULT_WIDTH);
}

/** Lines that are made here, of figures only: what the server has as line is not shown. */
async function longLines(
  session: Session,
  items: readonly Item[],
  flags: ReadonlySet<string>,
): Promise<string[]> {
  const names = flags.has('n') ? undefined : await namesFor(session, items);
  const now = Date.now() / 1000;
  return items.map(({ label, attributes: { mode = 0, owner, size = 0, times } }) => {
    const line = longName(
      {
        name: bytesOf(''),
        mode,
        links: '?',
        user: names?.users.get(owner?.uid ?? -1) ?? String(owner?.uid ?? '?'),
        group: names?.groups.get(owner?.gid ?? -1) ?? String(owner?.gid ?? '?'),
        size: flags.has('h') ? sizeText(size) : size,
        modified: times?.modified ?? 0,
      },
      now,
    );
    return nameOf(line) + label;
  });
}

interface Names {
  readonly users: ReadonlyMap<number, string>;
  readonly groups: ReadonlyMap<number, string>;
}

/** Names that the server has for the numbers; none if it cannot tell. */
async function namesFor({ remote }: Session, items: readonly Item[]): Promise<Names | undefined> {
  const owners = items.flatMap(({ attributes: { owner } }) => owner ?? []);
  const uids = [...new Set(owners.map(({ uid }) => uid))];
  const gids = [...new Set(owners.map(({ gid }) => gid))];
  const found = await remote.sftp.namesById(uids, gids).catch(() => undefined);
  if (found === undefined) return undefined;
  return { users: nameMap(uids, found.users), groups: nameMap(gids, found.groups) };
}

function nameMap(ids: readonly number[], names: readonly string[]): Map<number, string> {
  const pairs = ids.map((id, index): [number, string] => [
    id,
    shown(Buffer.from(names[index] ?? '').toString('latin1')),
  ]);
  return new Map(pairs.filter(([, name]) => name !== ''));
}

/** As many columns as there is room for, filled line by line. */
function inColumns(labels: readonly string[], width: number): string[] {
  const widest = Math.max(1, ...labels.map((label) => label.length)) + 2;
  const columns = Math.max(1, Math.floor(width / widest));
  const space = Math.floor(width / columns);
  return Array.from({ length: Math.ceil(labels.length / columns) }, (_, row) =>
    labels
      .slice(row * columns, (row + 1) * columns)
      .map((label) => label.padEnd(space))
      .join('')
      .trimEnd(),
  );
}
