// What is run: what the client asks for, or what the server or the key says instead.
import type { Start } from '@orrery/ssh';
import { byteText, type ByteText } from './byte-text.ts';
import type { SessionRestrictions, SessionRules } from './task.ts';

export type Command =
  | { readonly kind: 'shell' }
  | { readonly kind: 'command'; readonly text: ByteText; readonly original: ByteText | undefined }
  /** The sftp server in this process. */
  | { readonly kind: 'sftp'; readonly args: string };

type Rules = Pick<SessionRules, 'forceCommand' | 'subsystem'>;

/** undefined: there is no such subsystem. */
export function commandOf(
  start: Start,
  rules: Rules,
  restrictions: Pick<SessionRestrictions, 'command'>,
): Command | undefined {
  const asked = askedFor(start, rules);
  if (asked === undefined) return undefined;
  const forced = rules.forceCommand ?? restrictions.command;
  if (forced !== undefined) return programOf(forced, asked.text);
  if (asked.text === undefined) return { kind: 'shell' };
  const { isSubsystem, text } = asked;
  return isSubsystem && typeof text === 'string' ? programOf(text, undefined) : plain(text, undefined);
}

function askedFor(
  start: Start,
  { subsystem }: Rules,
): { text: ByteText | undefined; isSubsystem: boolean } | undefined {
  if (start.kind === 'shell') return { text: undefined, isSubsystem: false };
  if (start.kind === 'exec') return { text: byteText(start.command), isSubsystem: false };
  const found = subsystem.find(({ name }) => name === start.name);
  return found && { text: found.command, isSubsystem: true };
}

function programOf(text: string, original: ByteText | undefined): Command {
  const [found, args = ''] = /^internal-sftp(\s.*)?$/s.exec(text) ?? [];
  return found === undefined ? plain(text, original) : { kind: 'sftp', args };
}

function plain(text: ByteText, original: ByteText | undefined): Command {
  return { kind: 'command', text, original };
}
