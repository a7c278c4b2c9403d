import { PassThrough } from 'node:stream';

import type { Streams, TerminalOptions } from '../src/index.ts';

/** Streams that are no terminals and keep what is written to them. */
export interface Recorder {
  readonly streams: Streams;
  /** What standard output has received since the last call. */
  output(): string;
  /** What standard error has received since the last call. */
  errors(): string;
}

export function createRecorder(): Recorder {
  const [input, output, errors] = [new PassThrough(), createSink(), createSink()];
  return { streams: { input, output, errors }, output: () => drain(output), errors: () => drain(errors) };
}

/** Options of a program that was called without flags, but for those given. */
export function optionsWith({ streams }: Recorder, changes: Partial<TerminalOptions> = {}): TerminalOptions {
  const none = { json: false, yes: false, verbose: false, noColour: false };
  return { program: 'orrery', streams, ...none, ...changes };
}

function createSink(): PassThrough {
  return new PassThrough().setEncoding('utf8');
}

function drain(stream: PassThrough): string {
  let text = '';
  for (let chunk: unknown = stream.read(); typeof chunk === 'string'; chunk = stream.read()) text += chunk;
  return text;
}
