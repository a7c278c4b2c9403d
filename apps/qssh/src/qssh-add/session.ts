import { type AgentClient, AgentError } from '@orrery/ssh';
import { reasonOf } from '../copy/reason.ts';
import type { Asker } from '../qssh/ask.ts';
import type { CommandLine } from './command-line.ts';

/** What every task needs. */
export interface Session {
  readonly line: CommandLine;
  readonly client: AgentClient;
  readonly ask: Asker;
  readonly home: string;
  /** A line to standard error. */
  readonly say: (text: string) => void;
}

/** In the words that scripts look for. */
export function problemOf(cause: unknown): string {
  if (!(cause instanceof AgentError)) return reasonOf(cause);
  return cause.code === 'refused' ? 'agent refused operation' : 'communication with agent failed';
}
