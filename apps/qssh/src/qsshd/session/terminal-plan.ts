// What the helper in a new terminal has to do before it becomes the program (see terminal.ts).
import type { TerminalModes } from '@orrery/ssh';
import { areText, type ByteText } from './byte-text.ts';

export interface TerminalPlan {
  readonly shell: string;
  /** The arguments, the name of the program first: a login shell has a "-" before it. */
  readonly args: readonly ByteText[];
  readonly folder: string;
  readonly modes: TerminalModes;
  /** Files to show first. */
  readonly show: readonly string[];
  /** A command line to run first. */
  readonly before: string | undefined;
}

/** A plan of which all is text. */
export interface TextPlan extends TerminalPlan {
  readonly args: readonly string[];
}

export function isTextPlan(plan: TerminalPlan): plan is TextPlan {
  return areText(plan.args);
}

/** The variable by which the helper gets, as JSON, those that Node.js would take for its own. */
export const KEPT_VARIABLES = 'QSSHD_KEPT_VARIABLES';

export function isHelperPlan(value: unknown): value is TextPlan {
  return typeof value === 'object' && value !== null && 'shell' in value && 'args' in value;
}
