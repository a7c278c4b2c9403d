import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';

const source = JSON.stringify(join(import.meta.dirname, 'terminal-line.ts'));

/** Asks with both standard streams elsewhere, and prints the answer in quotes. */
const command = '"$NODE" --input-type=module -e "$CODE" </dev/null | cat';

function environment(echo: boolean): Readonly<Record<string, string>> {
  const code = `const { readTerminalLine } = await import(${source});
const line = await readTerminalLine('Say\\x1b[2J: ', ${echo}).catch(({ name }) => new TextEncoder().encode(name));
process.stdout.write(line === undefined ? 'nothing' : '"' + new TextDecoder().decode(line) + '"');`;
  return {
    PATH: process.env['PATH'] ?? '',
    SHELL: '/bin/sh',
    TERM: 'xterm',
    NODE: process.execPath,
    CODE: code,
  };
}

/** What a terminal shows when these keys are pressed at the question. */
async function shown(echo: boolean, keys: string): Promise<string> {
  const options = { env: environment(echo), timeout: 20_000 };
  const child = spawn('script', ['-qec', command, '/dev/null'], options);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    const isAsked = text.includes('Say');
    text += chunk;
    if (!isAsked && text.includes('Say')) child.stdin.write(keys);
  });
  await once(child, 'close');
  return text.replaceAll('\r\n', '\n');
}

test('readTerminalLine asks on the terminal itself, with the question made visible', async () => {
  assert.equal(await shown(true, 'answer\r'), 'Say\\x1b[2J: answer\n"answer"');
});

test('readTerminalLine hides what is typed, and lets it be corrected', async () => {
  assert.equal(await shown(false, 'wrong\x15secreX\x7ft\r'), 'Say\\x1b[2J: \n"secret"');
});

test('readTerminalLine tells Ctrl-C from Ctrl-D', async () => {
  assert.equal(await shown(false, '\x03'), 'Say\\x1b[2J: \n"InterruptedError"');
  assert.equal(await shown(false, '\x04'), 'Say\\x1b[2J: \nnothing');
});

test('readTerminalLine gives nothing when there is no terminal', () => {
  const { stdout } = spawnSync('setsid', ['-w', 'sh', '-c', command], {
    encoding: 'utf8',
    env: environment(true),
  });
  assert.equal(stdout, 'nothing');
});
