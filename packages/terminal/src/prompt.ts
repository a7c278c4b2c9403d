import type * as Prompts from '@clack/prompts';

import { InterruptedError } from './errors.ts';
import type { Lines } from './lines.ts';
import { type InputStream, type OutputStream, type Streams, columnsOf, rowsOf } from './streams.ts';
import { visible } from './visible.ts';

const controlD = '\x04';

/** Letters that move the choice as arrows do: text that was typed ahead or pasted must not choose. */
const letters = ['h', 'j', 'k', 'l'];

/** What every prompt is given. */
interface Common {
  readonly message: string;
  readonly input: InputStream;
  readonly output: OutputStream;
  readonly signal: AbortSignal;
  readonly withGuide: boolean;
}

/** Puts a question to the user by one prompt of @clack/prompts. InterruptedError if no answer comes. */
export type Prompter = <Answer>(
  question: string,
  prompt: (prompts: typeof Prompts, common: Common) => Promise<Answer | typeof Prompts.CANCEL_SYMBOL>,
) => Promise<Answer>;

/** The prompts are loaded with the first question: most runs ask none. */
export function createPrompter(streams: Streams, coloured: boolean, lines: Lines): Prompter {
  return async (question, prompt) => {
    const { input, errors } = streams;
    const common = { input: promptInput(input), output: promptOutput(errors, coloured), withGuide: false };
    const prompts = await import('@clack/prompts');
    prompts.updateSettings({ aliases: { [controlD]: 'cancel' } });
    for (const letter of letters) prompts.settings.aliases.delete(letter);
    lines.hold(true);
    try {
      const answer = await whileOpen(input, (signal) =>
        prompt(prompts, { ...common, message: visible(question), signal }),
      );
      if (prompts.isCancel(answer)) throw new InterruptedError();
      return answer;
    } finally {
      lines.hold(false);
    }
  };
}

/** Standard input as prompts need it: leaving raw mode does not fail when the terminal has gone. */
function promptInput(stream: InputStream): InputStream {
  const setRawMode = (raw: boolean): void => {
    if (!stream.readableEnded && !stream.destroyed) stream.setRawMode?.(raw);
  };
  return withChanges(stream, { setRawMode: () => setRawMode });
}

/** Standard error as prompts need it: never of size 0, and without colour if there must be none. */
function promptOutput(stream: OutputStream, coloured: boolean): OutputStream {
  const write = (text: string): boolean => stream.write(coloured ? text : withoutColour(text));
  return withChanges(stream, {
    columns: () => columnsOf(stream),
    rows: () => rowsOf(stream),
    write: () => write,
  });
}

/** The object itself, but for some properties. */
function withChanges<T extends object>(original: T, changes: Readonly<Record<string, () => unknown>>): T {
  return new Proxy(original, {
    get(target, name): unknown {
      const change = typeof name === 'string' && Object.hasOwn(changes, name) ? changes[name] : undefined;
      if (change !== undefined) return change();
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

// Only colours go; what moves the cursor stays.
function withoutColour(text: string): string {
  return text.replace(/\x1b\[[\d;]*m/g, '');
}

/** Runs an action whose signal is aborted when no more input can come, for which a prompt would wait for ever. */
async function whileOpen<T>(input: InputStream, action: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const gone = new AbortController();
  const leave = (): void => gone.abort();
  const events = ['end', 'close', 'error'] as const;
  for (const event of events) input.on(event, leave);
  try {
    return await action(gone.signal);
  } finally {
    for (const event of events) input.off(event, leave);
  }
}
