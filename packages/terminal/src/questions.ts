import type * as prompts from '@clack/prompts';

import { InterruptedError, UsageError } from './errors.ts';
import type { Lines } from './lines.ts';
import type { Streams } from './streams.ts';
import { visible } from './visible.ts';

interface Question {
  readonly question: string;
  /** The flag that gives the answer without a terminal, as its user would write it. */
  readonly flag: string;
}

export interface ConfirmQuestion extends Question {
  /** Whether --yes answers this question, true unless given. */
  readonly yesAnswers?: boolean;
}

export interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
}

export interface ChoiceQuestion<Value> extends Question {
  readonly choices: readonly Choice<Value>[];
}

export interface TextQuestion extends Question {
  /** Why an answer is refused, or undefined if it is fine. */
  readonly validate?: (answer: string) => string | undefined;
}

export interface Questions {
  confirm(question: ConfirmQuestion): Promise<boolean>;
  choose<Value>(question: ChoiceQuestion<Value>): Promise<Value>;
  ask(question: TextQuestion): Promise<string>;
}

interface Situation {
  readonly interactive: boolean;
  readonly json: boolean;
  readonly yes: boolean;
  readonly noColour: boolean;
  readonly streams: Streams;
}

type Prompts = typeof prompts;

/** Questions on standard error. UsageError if nobody can answer, InterruptedError if the user breaks off. */
export function createQuestions(situation: Situation, lines: Lines): Questions {
  const common = { input: situation.streams.input, output: situation.streams.errors, withGuide: false };

  const answered = async <Answer>(
    { question, flag }: Question,
    prompt: (prompts: Prompts, message: string) => Promise<Answer | typeof prompts.CANCEL_SYMBOL>,
  ): Promise<Answer> => {
    if (!situation.interactive) throw cannotAsk(question, flag, situation.json);
    // The prompts know no other switch for colour.
    if (situation.noColour) process.env['NO_COLOR'] = '1';
    const loaded = await import('@clack/prompts');
    lines.hold(true);
    try {
      const answer = await prompt(loaded, visible(question));
      if (typeof answer === 'symbol') throw new InterruptedError();
      return answer;
    } finally {
      lines.hold(false);
    }
  };

  return {
    confirm: async ({ yesAnswers = true, ...question }) =>
      (situation.yes && yesAnswers) ||
      answered(question, ({ confirm }, message) => confirm({ ...common, message, initialValue: false })),
    choose: async ({ choices, ...question }) => {
      const options = choices.map(({ label }, value) => ({ value, label: visible(label) }));
      const index = await answered(question, ({ select }, message) =>
        select({ ...common, message, options }),
      );
      const choice = choices[index];
      if (choice === undefined)
        throw new RangeError(`Cannot choose: no choice ${index} of ${choices.length}`);
      return choice.value;
    },
    ask: ({ validate, ...question }) =>
      answered(question, ({ text }, message) =>
        text({ ...common, message, validate: (answer) => refusal(validate?.(answer ?? '')) }),
      ),
  };
}

function cannotAsk(question: string, flag: string, json: boolean): UsageError {
  const why = json ? 'there are no questions with --json' : 'there is no terminal';
  return new UsageError(`Cannot ask "${question}": ${why}`, { hint: `answer with ${flag}` });
}

function refusal(reason: string | undefined): string | undefined {
  return reason === undefined ? undefined : visible(reason);
}
