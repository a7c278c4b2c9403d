import { UsageError } from './errors.ts';
import type { Prompter } from './prompt.ts';
import { visible } from './visible.ts';

interface Question {
  readonly question: string;
  /** The flag that gives the answer without a terminal, as its user would write it. */
  readonly flag: string;
}

export interface ConfirmQuestion extends Question {
  /** Whether --yes answers this question, true unless given. */
  readonly yesAnswers?: boolean;
  /** Whether only the typed word "yes" agrees: no single key, typed ahead or pasted. False unless given. */
  readonly typed?: boolean;
}

export interface Choice<Value> {
  readonly value: Value;
  readonly label: string;
}

export interface ChoiceQuestion<Value> extends Question {
  readonly choices: readonly Choice<Value>[];
  /** What stands chosen at the beginning; the first choice unless given. */
  readonly preselected?: Value;
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
  readonly isInteractive: () => boolean;
  readonly json: boolean;
  readonly yes: boolean;
}

/** Questions put to the user by `prompt`. UsageError if nobody can answer, InterruptedError if nobody does. */
export function createQuestions({ isInteractive, json, yes }: Situation, prompt: Prompter): Questions {
  const requireTerminal = ({ question, flag }: Question): void => {
    if (isInteractive()) return;
    const why = json ? 'there are no questions with --json' : 'there is no terminal';
    throw new UsageError(`Cannot ask "${question}": ${why}`, { hint: `answer with ${flag}` });
  };
  return {
    async confirm({ yesAnswers = true, typed = false, ...question }) {
      if (yes && yesAnswers) return true;
      requireTerminal(question);
      if (typed) return askForYes(question.question, prompt);
      return prompt(question.question, ({ confirm }, common) => confirm({ ...common, initialValue: false }));
    },
    async choose({ choices, preselected, ...question }) {
      requireTerminal(question);
      const options = choices.map(({ value, label }) => ({ value: { value }, label: visible(label) }));
      const initialValue = options.find((option) => option.value.value === preselected)?.value;
      const { value } = await prompt(question.question, ({ select }, common) =>
        select({ ...common, options, ...(initialValue === undefined ? {} : { initialValue }) }),
      );
      return value;
    },
    async ask({ validate, ...question }) {
      requireTerminal(question);
      const refusal = (answer = ''): string | undefined => {
        const reason = validate?.(answer);
        return reason === undefined ? undefined : visible(reason);
      };
      return prompt(question.question, ({ text }, common) => text({ ...common, validate: refusal }));
    },
  };
}

/** What is neither yes nor no stays in the line, so that no later line of a paste is taken for an answer. */
async function askForYes(question: string, prompt: Prompter): Promise<boolean> {
  const read = (answer = ''): string => answer.trim().toLowerCase();
  const validate = (answer?: string): string | undefined =>
    ['yes', 'no', ''].includes(read(answer)) ? undefined : 'type "yes" in full, or "no"';
  const message = `${question} Type "yes" to agree`;
  return read(await prompt(message, ({ text }, common) => text({ ...common, validate }))) === 'yes';
}
