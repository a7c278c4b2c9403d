import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { openSync, closeSync } from 'node:fs';

/** Runs a client with a file as its input, or with its output thrown away. @throws if it fails. */
export async function transfer(program: string, words: readonly string[], input?: string): Promise<void> {
  const stdin = input === undefined ? 'ignore' : openSync(input, 'r');
  const child = spawn(program, words, { stdio: [stdin, 'ignore', 'pipe'] });
  if (typeof stdin === 'number') closeSync(stdin);
  let said = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0)
    throw new Error(`Cannot go on: "${program} ${words.join(' ')}" ended with ${status}: ${said}`);
}
