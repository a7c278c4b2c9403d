import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { valueOf } from './command-line.ts';
import { COMPOSITE, findKind } from './key-kinds.ts';
import { KeygenError, type Session } from './session.ts';

/** The file of -f, or the one that is asked for. @throws {KeygenError} there is none of that name */
export async function inputPath(session: Session): Promise<string> {
  const path = valueOf(session.line, 'f') ?? (await askPath(session));
  if (path !== '-' && !existsSync(path)) throw new KeygenError(`${path}: No such file or directory`);
  return path;
}

async function askPath({ line, ask, home }: Session): Promise<string> {
  const name = valueOf(line, 't');
  const { file } = name === undefined ? COMPOSITE : findKind(name, undefined);
  const standard = join(home, '.ssh', file);
  const answer = await ask.line(`Enter file in which the key is (${standard}): `);
  if (answer === undefined) throw new KeygenError('No file name was given.', 1);
  return answer === '' ? standard : answer;
}
