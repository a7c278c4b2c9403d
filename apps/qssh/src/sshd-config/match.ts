// sshd_config(5), Match: which connections the lines behind it are for.
import { matchAddressList, matchPatternList } from '@orrery/sshfiles';
import { parsePort } from '../config/values.ts';
import { ValueError } from '../config/value-error.ts';

/** What is known of a connection; what is not known matches nothing. */
export interface ConnectionFacts {
  readonly user?: string;
  /** There is no such user. */
  readonly isInvalidUser?: boolean;
  /** The names of the user's groups. */
  readonly groups?: readonly string[];
  readonly host?: string;
  readonly address?: string;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly routingDomain?: string;
}

export interface Criterion {
  readonly name: keyof typeof tests;
  readonly value: string;
}

type Test = (facts: ConnectionFacts, value: string) => boolean;

const tests = {
  all: () => true,
  'invalid-user': ({ isInvalidUser }) => isInvalidUser === true,
  user: ({ user }, list) => matches(user, list),
  group: ({ groups = [] }, list) => matchesAny(groups, list),
  host: ({ host }, list) => host !== undefined && matchPatternList(host, list, true) === 'match',
  address: ({ address }, list) => matchesAddress(address, list),
  localaddress: ({ localAddress }, list) => matchesAddress(localAddress, list),
  localport: ({ localPort }, port) => localPort === Number(port),
  rdomain: ({ routingDomain }, list) => matches(routingDomain, list),
} as const satisfies Readonly<Record<string, Test>>;

/** Which facts a criterion looks at, by the names that `-C` has for them. */
const needed: Readonly<Record<string, readonly [fact: keyof ConnectionFacts, flag: string]>> = {
  user: ['user', 'user'],
  group: ['user', 'user'],
  host: ['host', 'host'],
  address: ['address', 'addr'],
  localaddress: ['localAddress', 'laddr'],
  localport: ['localPort', 'lport'],
  rdomain: ['routingDomain', 'rdomain'],
};

/** The criteria of a Match line; all of them must be met. @throws {ValueError} */
export function parseMatch(words: readonly string[]): readonly Criterion[] {
  const criteria: Criterion[] = [];
  const [...rest] = words;
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const [name = '', joined] = word.split(/=(.*)/, 2);
    const key = name.toLowerCase();
    if (!isCriterion(key)) throw new ValueError(`Unsupported Match attribute ${name}`);
    if (key === 'all' && (words.length > 1 || joined !== undefined))
      throw new ValueError("'all' cannot be combined with other Match attributes");
    const takesNone = key === 'all' || key === 'invalid-user';
    const value = takesNone ? '' : (joined ?? rest.shift());
    if (value === undefined || (value === '' && !takesNone))
      throw new ValueError(`Missing Match criteria for ${name}`);
    if (key.endsWith('address') && matchAddressList(undefined, value) === 'invalid')
      throw new ValueError(`Invalid Match address argument '${value}'`);
    if (key === 'localport' && parsePort(value) === undefined)
      throw new ValueError(`Invalid LocalPort '${value}' on Match line`);
    criteria.push({ name: key, value });
  }
  if (criteria.length === 0) throw new ValueError('One or more attributes required for Match');
  return criteria;
}

export function meets(facts: ConnectionFacts, criteria: readonly Criterion[]): boolean {
  return criteria.every(({ name, value }) => tests[name](facts, value));
}

/** The flag of `-C` for a fact that is not given although a criterion needs it. */
export function missingFact(facts: ConnectionFacts, criteria: readonly Criterion[]): string | undefined {
  for (const { name } of criteria) {
    const [fact, flag] = needed[name] ?? [];
    if (fact !== undefined && facts[fact] === undefined) return flag;
  }
  return undefined;
}

function isCriterion(name: string): name is keyof typeof tests {
  return Object.hasOwn(tests, name);
}

function matches(text: string | undefined, list: string): boolean {
  return text !== undefined && matchPatternList(text, list) === 'match';
}

/** A group that is excepted outweighs all others. */
function matchesAny(names: readonly string[], list: string): boolean {
  const found = names.map((name) => matchPatternList(name, list));
  return found.includes('match') && !found.includes('negated');
}

function matchesAddress(address: string | undefined, list: string): boolean {
  return address !== undefined && matchAddressList(address, list) === 'match';
}
