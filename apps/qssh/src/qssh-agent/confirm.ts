// Whether a key may be used, asked by the program in SSH_ASKPASS (ssh-add(1), -c).
import { fingerprint } from '@orrery/keys';
import type { KeyUse } from '@orrery/ssh';
import { visible } from '@orrery/terminal';
import { spawn } from 'node:child_process';

/** Longest answer, in bytes. */
const MAX_ANSWER = 1024;

/** Nobody agrees where there is no program to ask. */
export async function confirmUse(use: KeyUse): Promise<boolean> {
  const program = process.env['SSH_ASKPASS'];
  if (program === undefined || !mayAsk()) return false;
  const answer = await answerOf(program, questionOf(use));
  return answer !== undefined && /^(?:yes)?$/i.test(answer.split(/[\r\n]/, 1)[0] ?? '');
}

function mayAsk(): boolean {
  const demand = process.env['SSH_ASKPASS_REQUIRE']?.toLowerCase();
  if (demand === 'never') return false;
  if (demand === 'force' || demand === 'prefer') return true;
  return ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => (process.env[name] ?? '') !== '');
}

function questionOf({ comment, publicKey, login }: KeyUse): string {
  const lines = [
    `Allow use of key ${visible(comment)}?`,
    `Key fingerprint ${fingerprint(publicKey, 'sha256')}.`,
    ...(login === undefined ? [] : [`To log in as ${visible(login.user)}.`]),
  ];
  return lines.join('\n');
}

/** Undefined: it said no, or nothing. */
function answerOf(program: string, question: string): Promise<string | undefined> {
  const child = spawn(program, [question], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, SSH_ASKPASS_PROMPT: 'confirm' },
  });
  let answer = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    answer = (answer + text).slice(0, MAX_ANSWER);
  });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  child.once('error', () => resolve(undefined));
  child.once('close', (code) => resolve(code === 0 ? answer : undefined));
  return promise;
}
