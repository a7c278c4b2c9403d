import { utf8 } from '@orrery/bytes';
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { logIn } from '../../testing/login.ts';
import type { Authenticator, Interview } from './authenticator.ts';
import { AuthenticationError } from './client.ts';
import { keyboardInteractive } from './interactive-client.ts';
import type { Question } from './messages.ts';

const QUESTIONS: readonly Question[] = [
  {
    name: 'Login',
    instruction: 'Two things.',
    prompts: [
      { prompt: 'Colour: ', echo: true },
      { prompt: 'Word: ', echo: false },
    ],
  },
  { name: '', instruction: 'Thank you.', prompts: [] },
];

/** Asks all questions, and wants "blue" and "moon". */
function interviewer(answers: string[]): Authenticator {
  return {
    policy: () => [['keyboard-interactive']],
    interview: (): Interview => {
      const left = [...QUESTIONS];
      return {
        next: async (given) => {
          answers.push(...given.map((bytes) => new TextDecoder().decode(bytes)));
          return left.shift() ?? answers.join() === 'blue,moon';
        },
      };
    },
  };
}

describe('keyboardInteractive', () => {
  it('answers every question, one without prompts too, and wipes the answers', async () => {
    const [asked, answers]: [Question[], string[]] = [[], []];
    const given = [utf8('blue'), utf8('moon')];
    const method = keyboardInteractive(async (question) => {
      asked.push(question);
      return question.prompts.map((_, index) => given[index] ?? utf8(''));
    });
    const { authenticated } = await logIn(interviewer(answers), [method]);
    assert.deepEqual(authenticated, { user: 'ann', steps: [{ method: 'keyboard-interactive' }] });
    assert.deepEqual(
      asked.map(({ name, instruction, prompts }) => ({ name, instruction, prompts })),
      QUESTIONS,
    );
    assert.deepEqual(given, [new Uint8Array(4), new Uint8Array(4)]);
  });

  it('fails with wrong answers', async () => {
    const method = keyboardInteractive(async ({ prompts }) => prompts.map(() => utf8('red')));
    const { error } = await logIn(interviewer([]), [method]);
    assert.ok(error instanceof AuthenticationError);
  });

  it('gives up in the middle, and another attempt begins anew', async () => {
    const answers: string[] = [];
    const giveUp = keyboardInteractive(async () => undefined);
    const right = keyboardInteractive(async ({ prompts }) =>
      prompts.map(({ echo }) => utf8(echo ? 'blue' : 'moon')),
    );
    const { authenticated } = await logIn(interviewer(answers), [giveUp, right]);
    assert.equal(authenticated?.user, 'ann');
    assert.deepEqual(answers, ['blue', 'moon']);
  });

  it('rejects when there are not as many answers as prompts', async () => {
    const { error } = await logIn(interviewer([]), [keyboardInteractive(async () => [utf8('blue')])]);
    assert.equal(String(error), 'RangeError: Cannot answer: found 1 answers, 2 expected');
  });
});
