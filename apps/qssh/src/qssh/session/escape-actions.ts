import type { Client, ClientSession } from '@orrery/ssh';
import type { Log, LogLevel } from '../log.ts';
import { type EscapeAction, escapeHelp } from './escapes.ts';
import type { RawTerminal } from './raw-terminal.ts';

export interface EscapeContext {
  readonly client: Client;
  readonly session: ClientSession;
  readonly terminal: RawTerminal | undefined;
  readonly log: Log;
  /** EscapeChar as it is set. */
  readonly setting: string;
}

/** How long a break lasts, in milliseconds. */
const BREAK = 1000;

const loudness: readonly LogLevel[] = [
  'QUIET',
  'FATAL',
  'ERROR',
  'INFO',
  'VERBOSE',
  'DEBUG',
  'DEBUG2',
  'DEBUG3',
];

/** Does what an escape asks for. */
export function perform(action: EscapeAction, context: EscapeContext): void {
  const { client, session, terminal, log, setting } = context;
  const say = (text: string): void => void process.stderr.write(`${text.replaceAll('\n', '\r\n')}\r\n`);
  switch (action) {
    case 'disconnect':
      say(`${setting}.`);
      return client.close();
    case 'suspend':
      say(`${setting}^Z [suspend qssh]`);
      return terminal?.suspend();
    case 'break':
      say(`${setting}B`);
      return void session.sendBreak(BREAK);
    case 'rekey':
      return client.rekey();
    case 'list':
      return say(`${setting}#\nThe following connections are open:\n  #${session.channel.id} client-session`);
    case 'help':
      return say(`${setting}?\n${escapeHelp(setting)}`);
    case 'louder':
      return changeLoudness(log, 1, say);
    case 'quieter':
      return changeLoudness(log, -1, say);
    case 'background':
    case 'commandLine':
      return say('This needs forwarded connections, which are not supported yet.');
  }
}

function changeLoudness(log: Log, step: 1 | -1, say: (text: string) => void): void {
  const next = loudness[loudness.indexOf(log.level) + step];
  if (next === undefined) return;
  log.level = next;
  say(`[LogLevel ${next}]`);
}
