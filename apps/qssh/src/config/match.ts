// ssh_config(5), Match.
import { networkInterfaces } from 'node:os';
import { BlockList, isIPv6 } from 'node:net';
import { matchesHosts, matchesList } from './patterns.ts';
import type { Settings } from './settings.ts';
import { expandTokens } from './tokens.ts';
import { ValueError } from './value-error.ts';

/** What a Match line may look at. */
export interface MatchSubject {
  readonly settings: Settings;
  /** As typed. */
  readonly originalHost: string;
  /** As typed or, in the final pass, the canonical name. */
  readonly host: string;
  readonly localUser: string;
  /** The command to run, as typed; '' without one. */
  readonly command: string;
  readonly isFinalPass: boolean;
  /** Remembers that a final pass is wanted. */
  wantFinalPass(): void;
  /** Runs a command after its tokens were replaced: whether it ended with status 0. */
  run(command: string): boolean;
}

/** Whether a Match line applies. @param text What stands behind the keyword. @throws {ValueError} */
export function matches(text: string, subject: MatchSubject): boolean {
  const words = matchWords(text);
  let result = true;
  let count = 0;
  for (let at = 0; at < words.length;) {
    const word = words[at] ?? '';
    const negated = word.startsWith('!');
    const name = word.slice(negated ? 1 : 0).toLowerCase();
    at += 1;
    if (name === 'all') {
      if (count > 1 || at < words.length)
        throw new ValueError("'all' cannot be combined with other Match attributes");
      return result && !negated;
    }
    count += 1;
    if (name === 'canonical' || name === 'final') {
      if (name === 'final') subject.wantFinalPass();
      if (subject.isFinalPass === negated) result = false;
      continue;
    }
    const criterion = Object.hasOwn(criteria, name) ? criteria[name] : undefined;
    const argument = words[at] ?? '';
    at += 1;
    if (criterion === undefined) throw new ValueError(`Unsupported Match attribute ${word}`);
    if (argument === '') throw new ValueError(`Missing Match criteria for ${name}`);
    // A command runs only if nothing before it failed.
    if (name === 'exec' && !result) continue;
    if (criterion(argument, subject) === negated) result = false;
  }
  if (count === 0) throw new ValueError('One or more attributes required for Match');
  return result;
}

const criteria: Readonly<Record<string, (argument: string, subject: MatchSubject) => boolean>> = {
  host: (list, subject) => matchesHosts(hostOf(subject), list),
  originalhost: (list, { originalHost }) => matchesHosts(originalHost, list),
  user: (list, { settings, localUser }) => matchesList(settings.get('user') ?? localUser, list),
  localuser: (list, { localUser }) => matchesList(localUser, list),
  tagged: (list, { settings }) => matchesList(settings.get('tag') ?? '', list),
  command: (list, { settings, command }) => matchesList(settings.get('remotecommand') ?? command, list),
  sessiontype: (list, subject) => matchesList(sessionType(subject), list),
  localnetwork: (list) => isOnNetwork(list),
  exec: (command, subject) => subject.run(command),
};

function hostOf({ settings, host }: MatchSubject): string {
  const name = settings.get('hostname');
  return name === undefined ? host : expandTokens(name, { h: host }, 'h');
}

function sessionType({ settings, command }: MatchSubject): string {
  const type = settings.get('sessiontype');
  if (type === 'none' || type === 'subsystem') return type;
  return command !== '' || settings.has('remotecommand') ? 'exec' : 'shell';
}

/** Whether an address of this machine is in one of the networks, written as 10.0.0.0/8. */
function isOnNetwork(list: string): boolean {
  const networks = new BlockList();
  for (const text of list.split(',')) {
    const [, address = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(text) ?? [];
    try {
      networks.addSubnet(address, Number(bits), isIPv6(address) ? 'ipv6' : 'ipv4');
    } catch (cause) {
      throw new ValueError(`Invalid network entry "${text}"`, { cause });
    }
  }
  const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
  return addresses.some(({ address, family }) =>
    networks.check(address, family === 'IPv6' ? 'ipv6' : 'ipv4'),
  );
}

/** Words up to a comment; white space or one `=` parts them, double quotes hold them together. */
function matchWords(text: string): string[] {
  const words: string[] = [];
  let rest = text;
  while (rest !== '' && !rest.startsWith('#')) {
    const [whole = '', quoted, plain] = /^(?:"([^"]*)"|([^\s"=]*))(?:\s*=\s*|\s+|$)?/.exec(rest) ?? [];
    if (whole === '') throw new ValueError('invalid quotes');
    words.push(quoted ?? plain ?? '');
    rest = rest.slice(whole.length);
  }
  return words;
}
