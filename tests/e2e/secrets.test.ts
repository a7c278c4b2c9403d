import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { askForAdmission } from '../attack/stage/enrolment.ts';
import type { Machine } from '../attack/stage/machine.ts';
import { startServer } from './stage/server.ts';
import { makeKey } from './stage/ssh-key.ts';
import { runs, Stage } from './stage/stage.ts';

const stage = await Stage.build();

/** Bytes, and letters of base64, that nothing prints by chance. */
const [WINDOW, LETTERS] = [12, 20];

/** The forms in which a program could let bytes slip, in pieces, so that a part of the secret is found, too. */
function* formsOf(secret: Uint8Array): Generator<string> {
  for (let start = 0; start + WINDOW <= secret.length; start += WINDOW) {
    const part = secret.subarray(start, start + WINDOW);
    yield* [part.toHex(), part.join(', '), part.join(',')];
  }
  // Three letters are for four bytes, and nobody knows with which byte the program would begin.
  for (const encoded of [0, 1, 2].map((shift) => secret.subarray(shift).toBase64()))
    for (let start = 0; start + LETTERS <= encoded.length; start += LETTERS)
      yield encoded.slice(start, start + LETTERS);
}

/** What never leaves a machine, in every form: its own keys, and the private keys of ~/.ssh as they are written. */
function secretsOf(machine: Machine): string[] {
  const own = readdirSync(machine.state)
    .filter((name) => name.endsWith('.key'))
    .flatMap((name) => [...formsOf(readFileSync(join(machine.state, name)))]);
  const lines = readdirSync(machine.ssh)
    .map((name) => machine.read(name))
    .filter((text) => text.includes('PRIVATE KEY'))
    .flatMap((text) => text.split('\n').filter((line) => line !== '' && !line.startsWith('-----')));
  assert.ok(own.length > 0 && lines.length > 4);
  return [...own, ...lines];
}

function assertAbsent(secrets: readonly string[], text: string): void {
  for (const secret of secrets) assert.ok(!text.includes(secret), `"${secret}" is shown in:\n${text}`);
}

/** Runs a command with -v, in words and in JSON, and returns all that it said. */
async function tellAll(machine: Machine, words: readonly string[], code = 0): Promise<string> {
  let said = '';
  for (const manner of [['-v'], ['-v', '--json']]) {
    const { out, err } = await runs(machine, [...words, ...manner], code);
    said += out + err;
  }
  return said;
}

describe('ssh-sync -v', () => {
  it('shows no byte of a key, whatever the command and whatever fails', async () => {
    const [laptop, desktop] = await stage.pair();
    const secrets: string[] = [];
    let said = '';
    makeKey(laptop, 'id_ed25519');
    for (const words of [['diff'], ['sync'], ['status'], ['undo', '--list'], ['rotate-master-key', '--yes']])
      said += await tellAll(laptop, words);
    for (const words of [['diff'], ['sync'], ['undo', '--dry-run'], ['list-machines']])
      said += await tellAll(desktop, words);
    makeKey(desktop, 'id_second');
    desktop.write('id_ed25519', laptop.read('id_ed25519').replace(/A/g, 'B'));
    for (const words of [['diff'], ['upload', '--on-conflict', 'overwrite'], ['sync']])
      said += await tellAll(desktop, words);
    for (const machine of [laptop, desktop]) secrets.push(...secretsOf(machine));
    said += await tellAll(desktop, ['sync', '--path', desktop.state], 2);
    const key = join(desktop.state, 'device.key');
    const bytes = readFileSync(key);
    for (const broken of [
      bytes.subarray(0, -1),
      Buffer.concat([bytes, Buffer.of(0)]),
      Buffer.alloc(40, 'k'),
    ]) {
      writeFileSync(key, broken);
      said += await tellAll(desktop, ['sync'], 1);
    }
    assertAbsent(secrets, said);
    assert.match(said, /\n {4}at /, 'stacks were shown');
  });

  it('shows the words of a phrase on the machine that waits, and nowhere else', async () => {
    const [laptop] = await stage.account(['laptop']);
    assert.ok(laptop !== undefined);
    const { words, ended } = await askForAdmission(
      stage.stranger('desktop'),
      stage.server.url,
      stage.username,
      '-v',
    );
    const [first = '', ...others] = words;
    const respond = async (phrase: readonly string[], code: number): Promise<string> => {
      const { out, err } = await runs(
        laptop,
        ['challenge-response', ...phrase, '--yes', '--dry-run', '-v'],
        code,
      );
      return out + err;
    };
    let said = await respond(words, 0);
    said += await respond([...others, first], 1);
    said += await respond([`${first}-`, ...others, 'x1'], 2);
    const admitted = await runs(laptop, ['challenge-response', ...words, '--yes', '-v']);
    said += admitted.out + admitted.err;
    const { out, err } = await ended;
    assert.equal(out.split(words.join(' ')).length, 2);
    said += err;
    for (const [index, word] of words.entries()) {
      const next = words[index + 1] ?? first;
      assert.doesNotMatch(said, new RegExp(`${word}[^a-z]{1,3}${next}`, 'i'));
    }
  });

  it('shows no registration token', async () => {
    const token = join(stage.folder, 'token');
    const wrong = join(stage.folder, 'wrong');
    writeFileSync(token, 'tOken-of-the-server\n', { mode: 0o600 });
    writeFileSync(wrong, 'a-wr0ng-one\n', { mode: 0o600 });
    const flags = ['--registration', `token:@${token}`];
    const server = await startServer(join(stage.folder, 'token.sqlite'), flags);
    try {
      const machine = stage.stranger('laptop');
      const words = ['setup', '--server', server.url, '--username', 'alice', '--registration-token-file'];
      const refused = await tellAll(machine, [...words, wrong], 1);
      const { out, err } = await runs(machine, [...words, token, '-v']);
      assert.doesNotMatch(refused + out + err, /tOken-of|a-wr0ng/);
    } finally {
      await server.stop();
    }
  });
});
