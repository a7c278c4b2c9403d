// A server of SFTP whose folder lies: run with the names as hexadecimal words, or with "endless".
import {
  localFileSystem,
  serveSftp,
  type Attributes,
  type Entry,
  type FileSystem,
  type OpenFolder,
} from '@orrery/ssh';
import { StreamPair } from '../../../apps/qssh/src/copy/stream-pair.ts';

const ESCAPE = Buffer.from('-rw-r--r-- 1 \x1b[2Jwho');
const folder: Attributes = { mode: 0o040755 };
/** A program that takes the rights of its owner. */
const file: Attributes = { mode: 0o106755, size: 4 };
const content = Buffer.from('evil');

/** `/evil` has the names; everything whose name begins with "folder" is a folder with the same names. */
export function lyingFiles(names: () => Iterator<Uint8Array>): FileSystem {
  const statusOf = (path: Uint8Array): Attributes =>
    /(?:^|\/)(?:evil|folder[^/]*|\.|\.\.)?$/.test(Buffer.from(path).toString('latin1')) ? folder : file;
  const openFolder = (): OpenFolder => {
    const left = names();
    return {
      next: (): Entry | undefined => {
        const found = left.next();
        if (found.done === true) return undefined;
        return { name: found.value, longName: ESCAPE, attributes: statusOf(found.value) };
      },
      close: () => {},
    };
  };
  return {
    ...localFileSystem(),
    status: statusOf,
    linkStatus: statusOf,
    realPath: (path) => path,
    openFolder,
    open: () => ({
      read: (into, position) => content.copy(into, 0, position),
      write: () => {},
      status: () => file,
      setStatus: () => {},
      sync: () => {},
      statistics: () => localFileSystem().statistics(Buffer.from('/')),
      close: () => {},
    }),
  };
}

function* endless(): Generator<Uint8Array, void> {
  for (let count = 0; ; count++) yield Buffer.from(`name-${count}`);
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  const names =
    words[0] === 'endless' ? endless : () => words.map((word) => Buffer.from(word, 'hex')).values();
  await serveSftp(new StreamPair(process.stdin, process.stdout), lyingFiles(names));
}
