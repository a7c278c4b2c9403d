import type { Statistics } from '@orrery/ssh';
import { bytesOf } from '../copy/names.ts';
import type { Arguments, Command } from './command.ts';
import type { Session } from './session.ts';
import { sizeText } from './size-text.ts';

export const diskCommand: Command = {
  names: ['df'],
  usage: '[-hi] [path]',
  summary: "Display statistics for current directory or filesystem containing 'path'",
  flags: 'hi',
  counts: [0, 1],
  kinds: ['remote'],
  run: showDisk,
};

async function showDisk(session: Session, { flags, words: [word] }: Arguments): Promise<void> {
  const path = word === undefined ? session.folder : session.path(word);
  const found = await session.remote.sftp.statistics(bytesOf(path));
  for (const line of flags.has('i') ? inodeLines(found) : spaceLines(found, flags.has('h')))
    session.terminal.print(line);
}

function spaceLines(found: Statistics, isShort: boolean): string[] {
  const { fragmentSize, blocks, freeBlocks, availableBlocks } = found;
  const figures = [blocks, blocks - freeBlocks, availableBlocks, freeBlocks].map(
    (count) => count * fragmentSize,
  );
  const width = isShort ? 8 : 12;
  const cells = figures.map((bytes) =>
    (isShort ? sizeText(Number(bytes)) : String(bytes / 1024n)).padStart(width),
  );
  const [size = '', used = '', available = '', free = ''] = ['Size', 'Used', 'Avail', '(root)'].map((name) =>
    name.padStart(width),
  );
  return [
    `${size} ${used} ${available} ${free}    %Capacity`,
    `${cells.join(' ')}         ${percent(blocks - freeBlocks, blocks)}`,
  ];
}

function inodeLines({ files, freeFiles, availableFiles }: Statistics): string[] {
  const names = ['Inodes', 'Used', 'Avail', '(root)'].map((name) => name.padStart(11));
  const cells = [files, files - freeFiles, availableFiles, freeFiles].map((count) =>
    String(count).padStart(11),
  );
  return [
    `${names.join(' ')}    %Capacity`,
    `${cells.join(' ')}         ${percent(files - freeFiles, files)}`,
  ];
}

function percent(used: bigint, total: bigint): string {
  return total === 0n ? 'ERR' : `${String((used * 100n) / total).padStart(3)}%`;
}
