// What the helper in a new terminal has to do before it becomes the program (see terminal.ts).
import type { TerminalModes } from '@orrery/ssh';

export interface TerminalPlan {
  readonly shell: string;
  /** The arguments, the name of the program first: a login shell has a "-" before it. */
  readonly args: readonly string[];
  readonly folder: string;
  readonly modes: TerminalModes;
  /** Files to show first. */
  readonly show: readonly string[];
  /** A command line to run first. */
  readonly before: string | undefined;
}

export function isTerminalPlan(value: unknown): value is TerminalPlan {
  return (
    typeof value === 'object' && value !== null && 'shell' in value && 'args' in value && 'modes' in value
  );
}
