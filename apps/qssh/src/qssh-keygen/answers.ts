import { wipe } from '@orrery/crypto';
import { readSync } from 'node:fs';
import type { Asker } from '../qssh/ask.ts';

/** Longest answer, in bytes. */
const MAX_ANSWER = 4096;

/**
 * As ssh-keygen asks: lines come from standard input wherever it leads, and passphrases too where it is no terminal and no
 * program asks for them.
 */
export function answersFrom(
  asker: Asker,
  environment: Readonly<Record<string, string | undefined>>,
  print: (text: string) => void,
): Asker {
  if (process.stdin.isTTY) return asker;
  return {
    line: async (prompt) => {
      print(prompt);
      const bytes = readInputLine();
      return bytes === undefined ? undefined : new TextDecoder().decode(bytes);
    },
    secret: async (prompt) =>
      environment['SSH_ASKPASS'] === undefined ? readInputLine() : asker.secret(prompt),
  };
}

/** Byte by byte: what comes behind the line is for the next question. Undefined at the end. */
function readInputLine(): Uint8Array | undefined {
  const line = new Uint8Array(MAX_ANSWER);
  let length = 0;
  let isOpen = true;
  for (; length < line.length; length += 1) {
    isOpen = readSync(0, line, length, 1, null) === 1;
    if (!isOpen || line[length] === 0x0a) break;
  }
  const answer = line.slice(0, length);
  wipe(line);
  return isOpen || length > 0 ? answer : undefined;
}
