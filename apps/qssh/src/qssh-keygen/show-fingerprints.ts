import {
  type PublicKey,
  bubbleBabbleFingerprint,
  fingerprint,
  optionsEnd,
  recognisePrivateKey,
} from '@orrery/keys';
import { visible } from '@orrery/terminal';
import { typeWord } from '../qssh/host-key/key-words.ts';
import { has, valueOf } from './command-line.ts';
import { inputPath } from './input-path.ts';
import { keyInLine, publicKeyIn } from './public-key-file.ts';
import { randomArt } from './random-art.ts';
import { STANDARD_INPUT, readFile } from './read-file.ts';
import { KeygenError, type Session } from './session.ts';

/** Longest file with keys, in bytes. */
const MAX_FILE = 8_388_608;

export type ShownHash = 'sha256' | 'md5';

/** -l, and -B in words: of a private key, or of all keys in a file of public ones, of hosts, or of those who may log in. */
export async function showFingerprints(session: Session): Promise<number> {
  const hash = readHash(session);
  const path = await inputPath(session);
  const bytes = readFile(path, MAX_FILE);
  const isPrivate = path !== STANDARD_INPUT && recognisePrivateKey(bytes) !== undefined;
  const keys = isPrivate ? [publicKeyIn(path, bytes)] : keysIn(new TextDecoder().decode(bytes));
  const found = keys.filter((key) => key !== undefined);
  if (found.length === 0) throw new KeygenError(`${path} is not a ${isPrivate ? '' : 'public '}key file.`);
  for (const key of found) session.print(shown(session, key, hash));
  return 0;
}

/** -E. @throws {KeygenError} */
export function readHash({ line }: Session): ShownHash {
  const text = valueOf(line, 'E') ?? 'sha256';
  const hash = (['sha256', 'md5'] as const).find((one) => one === text.toLowerCase());
  if (hash === undefined) throw new KeygenError(`Invalid hash algorithm "${text}"`);
  return hash;
}

function shown({ line }: Session, key: PublicKey, hash: ShownHash): string {
  const comment = visible(key.comment ?? 'no comment');
  const print = has(line, 'B') ? bubbleBabbleFingerprint(key.blob) : fingerprint(key.blob, hash);
  const text = `${key.bits ?? 0} ${print} ${comment} (${typeWord(key)})\n`;
  return has(line, 'v') ? `${text}${randomArt(key, hash)}\n` : text;
}

function keysIn(text: string): (PublicKey | undefined)[] {
  return text
    .split('\n')
    .map((line) => line.replace(/^[ \t]+|\r$/g, ''))
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => keyInLine(line) ?? keyBehindWord(line));
}

/** Behind names of hosts, or options. They stand where there is no comment. */
function keyBehindWord(line: string): PublicKey | undefined {
  const end = optionsEnd(line, 0);
  if (end === undefined) return undefined;
  const key = keyInLine(line.slice(end));
  return key === undefined ? undefined : { comment: line.slice(0, end), ...key };
}
