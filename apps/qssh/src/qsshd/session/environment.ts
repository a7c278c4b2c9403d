// The variables of a program that a user runs (sshd(8), LOGIN PROCESS; sshd_config(5): AcceptEnv, SetEnv).
import { matchPatternList } from '@orrery/sshfiles';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Account } from '../monitor/accounts.ts';
import type { Peer } from '../monitor/peer.ts';
import type { ByteText, Environment } from './byte-text.ts';
import type { SessionRestrictions, SessionRules } from './task.ts';

const USER_PATH = '/usr/local/bin:/usr/bin:/bin:/usr/games';
const ROOT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Longest ~/.ssh/environment that is read, in bytes. */
const MAX_FILE = 64 * 1024;

export interface EnvironmentSource {
  readonly account: Account;
  readonly peer: Peer;
  readonly rules: Pick<SessionRules, 'permitUserEnvironment' | 'setEnv'>;
  readonly restrictions: Pick<SessionRestrictions, 'environment'>;
  /** What the client sent and AcceptEnv takes. */
  readonly accepted: ReadonlyMap<string, ByteText>;
  /** The path of the file with the proofs of the login, if there is one. */
  readonly loginFile: string | undefined;
  /** The path of the socket that leads to the client's agent, if that is forwarded. */
  readonly agentSocket: string | undefined;
  /** The kind of the terminal, if there is one. */
  readonly term: string | undefined;
  /** What the client asked for, if something else is run. */
  readonly originalCommand: ByteText | undefined;
}

/** Whether AcceptEnv takes a variable. One that changes how programs are loaded is never named by accident. */
export function acceptsVariable(name: string, patterns: readonly string[]): boolean {
  return isName(name) && patterns.some((pattern) => matchPatternList(name, pattern) === 'match');
}

/** Later ones win: what the client sent comes first, what the server knows last. */
export function environmentOf(source: EnvironmentSource): Environment {
  const { account, accepted, agentSocket, loginFile, originalCommand, peer, rules, restrictions, term } =
    source;
  const permitted = (name: string): boolean => permitsUserVariable(name, rules.permitUserEnvironment);
  const timeZone = process.env['TZ'];
  const variables: (readonly [string, ByteText])[] = [
    ...accepted,
    ['USER', account.name],
    ['LOGNAME', account.name],
    ['HOME', account.home],
    ['PATH', account.uid === 0 ? ROOT_PATH : USER_PATH],
    ['MAIL', `/var/mail/${account.name}`],
    ['SHELL', account.shell],
    ...single('TZ', timeZone),
    ...restrictions.environment.filter(([name]) => permitted(name)),
    ...(rules.permitUserEnvironment === 'no'
      ? []
      : ownVariables(account).filter(([name]) => permitted(name))),
    ...rules.setEnv.map(({ name, value }): [string, string] => [name, value]),
    ['SSH_CLIENT', `${peer.address} ${peer.port} ${peer.localPort}`],
    ['SSH_CONNECTION', `${peer.address} ${peer.port} ${peer.localAddress} ${peer.localPort}`],
    ...single('SSH_USER_AUTH', loginFile),
    ...single('SSH_AUTH_SOCK', agentSocket),
    ...single('TERM', term),
    ...single('SSH_ORIGINAL_COMMAND', originalCommand),
  ];
  return Object.fromEntries(variables);
}

function single(name: string, value: ByteText | undefined): [string, ByteText][] {
  return value === undefined ? [] : [[name, value]];
}

function permitsUserVariable(name: string, permit: string): boolean {
  if (permit === 'no') return false;
  return permit === 'yes' || matchPatternList(name, permit) === 'match';
}

/** ~/.ssh/environment: NAME=value in each line. */
function ownVariables({ home }: Account): [string, string][] {
  let text: string;
  try {
    text = readFileSync(join(home, '.ssh', 'environment'), 'utf8').slice(0, MAX_FILE);
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line): [string, string][] => {
    const [, name, value = ''] = /^[ \t]*([^#=\s][^=]*)=(.*)$/.exec(line) ?? [];
    return name === undefined || !isName(name) ? [] : [[name, value]];
  });
}

/** A NUL or an equals sign would make another variable of it. */
function isName(name: string): boolean {
  return name !== '' && !/[\0=]/.test(name);
}
