// A picture of a fingerprint, which is easier to compare than letters are: the walk of a drunken bishop over a board.
import { type PublicKey, fingerprint } from '@orrery/keys';
import { typeWord } from '../qssh/host-key/key-words.ts';

const WIDTH = 17;
const HEIGHT = 9;
/** By how often a square was walked on; the last two are the start and the end. */
const MARKS = ' .o+=*BOX@%&#/^SE';
const START = MARKS.length - 2;
const END = MARKS.length - 1;

/** Lines without a newline behind the last, as `ssh-keygen -lv` draws them. */
export function randomArt(key: PublicKey, hash: 'sha256' | 'md5'): string {
  const print = fingerprint(key.blob, hash);
  const field = walk(hashOf(print));
  const rows = Array.from({ length: HEIGHT }, (_, y) => {
    const squares = Array.from({ length: WIDTH }, (__, x) => MARKS.charAt(field[y * WIDTH + x] ?? 0));
    return `|${squares.join('')}|`;
  });
  const word = typeWord(key);
  const title = `[${word} ${key.bits ?? 0}]`;
  const top = title.length > WIDTH ? `[${word}]` : title;
  return [border(top), ...rows, border(`[${print.split(':', 1)[0] ?? ''}]`)].join('\n');
}

function hashOf(print: string): Uint8Array {
  const [, name, text = ''] = /^([^:]*):(.*)$/.exec(print) ?? [];
  return name === 'MD5' ? Uint8Array.fromHex(text.replaceAll(':', '')) : Uint8Array.fromBase64(text);
}

/** Two bits a step: one says left or right, one up or down. Walls stop. */
function walk(hash: Uint8Array): Uint8Array {
  const field = new Uint8Array(WIDTH * HEIGHT);
  const start = (HEIGHT >> 1) * WIDTH + (WIDTH >> 1);
  let [x, y] = [WIDTH >> 1, HEIGHT >> 1];
  for (const byte of hash)
    for (let shift = 0; shift < 8; shift += 2) {
      const step = byte >> shift;
      x = Math.min(Math.max(x + ((step & 1) === 0 ? -1 : 1), 0), WIDTH - 1);
      y = Math.min(Math.max(y + ((step & 2) === 0 ? -1 : 1), 0), HEIGHT - 1);
      const at = y * WIDTH + x;
      field[at] = Math.min((field[at] ?? 0) + 1, START - 1);
    }
  field[start] = START;
  field[y * WIDTH + x] = END;
  return field;
}

function border(title: string): string {
  // One character less than the board is wide, as in OpenSSH.
  const text = title.slice(0, WIDTH - 1);
  const left = (WIDTH - text.length) >> 1;
  return `+${'-'.repeat(left)}${text}${'-'.repeat(WIDTH - text.length - left)}+`;
}
