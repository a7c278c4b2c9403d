import { openSync, writeSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import { InterruptedError } from './errors.ts';
import { visible } from './visible.ts';

/** Longest line that is taken, in bytes. */
const MAX_LINE = 8192;

const key = {
  interrupt: 0x03,
  end: 0x04,
  backspace: 0x08,
  newline: 0x0a,
  return: 0x0d,
  kill: 0x15,
  delete: 0x7f,
};

/**
 * Asks on the terminal of the process itself, wherever its standard streams lead, and gives the line that is typed
 * there: bytes, which are the caller's to wipe. Undefined if there is no terminal, or no line.
 * @param echo Whether what is typed can be seen.
 * @throws {InterruptedError} for Ctrl-C
 */
export async function readTerminalLine(prompt: string, echo: boolean): Promise<Uint8Array | undefined> {
  let file: number;
  try {
    file = openSync('/dev/tty', 'r+');
  } catch {
    return undefined;
  }
  const input = new ReadStream(file);
  try {
    input.setRawMode(!echo);
    writeSync(file, prompt.split('\n').map(visible).join('\n'));
    return await readLine(input);
  } finally {
    input.setRawMode(false);
    if (!echo) writeSync(file, '\n');
    input.destroy();
  }
}

/** What is typed behind the line is thrown away with the stream, as terminals do with what was typed ahead. */
async function readLine(input: ReadStream): Promise<Uint8Array | undefined> {
  const line = new Uint8Array(MAX_LINE);
  let length = 0;
  try {
    for await (const bytes of input as AsyncIterable<Uint8Array>) {
      for (const byte of bytes) {
        if (byte === key.newline || byte === key.return) return line.slice(0, length);
        if (byte === key.interrupt) throw new InterruptedError();
        if (byte === key.end && length === 0) return undefined;
        if (byte === key.backspace || byte === key.delete) length = Math.max(0, length - 1);
        else if (byte === key.kill) length = 0;
        else if (length < MAX_LINE) line[length++] = byte;
      }
      bytes.fill(0);
    }
    return undefined;
  } finally {
    line.fill(0);
  }
}
