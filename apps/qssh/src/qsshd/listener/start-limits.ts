// How many connections may be without a login at the same time, and from where (sshd_config(5): MaxStartups,
// PerSourceMaxStartups, PerSourcePenalties).
import { randomInt } from 'node:crypto';
import { isIPv4 } from 'node:net';
import { matchAddressList } from '@orrery/sshfiles';
import type { Settings } from '../../sshd-config/directives.ts';
import type { Offence } from '../../sshd-config/penalties.ts';

type Rules = Pick<
  Settings,
  | 'maxStartups'
  | 'perSourceMaxStartups'
  | 'perSourceNetBlockSize'
  | 'perSourcePenalties'
  | 'perSourcePenaltyExemptList'
>;

/** What a source owes. */
interface Penalty {
  /** Until when, in seconds. */
  readonly until: number;
  /** It was enough to shut the source out, which it is until all is paid. */
  readonly isEnforced: boolean;
}

export class StartLimits {
  readonly #rules: Rules;
  readonly #now: () => number;
  readonly #random: () => number;
  #total = 0;
  readonly #bySource = new Map<string, number>();
  /** Whoever has many addresses of one version must not make those of the other forgotten. */
  readonly #penalties = { four: new Map<string, Penalty>(), six: new Map<string, Penalty>() };

  /** @param now In seconds. @param random From 0 to 99. */
  constructor(rules: Rules, now: () => number = () => Date.now() / 1000, random = () => randomInt(100)) {
    this.#rules = rules;
    this.#now = now;
    this.#random = random;
  }

  /** Why a connection is not served; undefined if it is, until `leave`. */
  enter(address: string): string | undefined {
    const source = this.#sourceOf(address);
    const refusal = this.#refusal(source, this.#penaltiesOf(address));
    if (refusal !== undefined) return refusal;
    this.#total += 1;
    this.#bySource.set(source, (this.#bySource.get(source) ?? 0) + 1);
    return undefined;
  }

  /** The connection has ended, or its user is logged in. */
  leave(address: string): void {
    const source = this.#sourceOf(address);
    const left = (this.#bySource.get(source) ?? 1) - 1;
    this.#total -= 1;
    if (left > 0) this.#bySource.set(source, left);
    else this.#bySource.delete(source);
  }

  penalise(address: string, offence: Offence): void {
    const penalties = this.#rules.perSourcePenalties;
    const exempt = this.#rules.perSourcePenaltyExemptList;
    if (penalties === undefined || (exempt !== undefined && matchAddressList(address, exempt) === 'match'))
      return;
    const source = this.#sourceOf(address);
    const known = this.#penaltiesOf(address);
    const now = this.#now();
    const { until: former = 0, isEnforced = false } = known.get(source) ?? {};
    const isOwing = former > now;
    const owed = Math.min((isOwing ? former - now : 0) + penalties.seconds[offence], penalties.max);
    known.set(source, {
      until: now + owed,
      isEnforced: (isOwing && isEnforced) || owed > penalties.min,
    });
    this.#forget(known, isIPv4(address) ? penalties.sources4 : penalties.sources6);
  }

  #refusal(source: string, penalties: ReadonlyMap<string, Penalty>): string | undefined {
    const { maxStartups, perSourceMaxStartups, perSourcePenalties } = this.#rules;
    const penalty = penalties.get(source);
    if (perSourcePenalties !== undefined && penalty?.isEnforced === true && penalty.until > this.#now())
      return 'penalty';
    if (perSourceMaxStartups !== undefined && (this.#bySource.get(source) ?? 0) >= perSourceMaxStartups)
      return 'PerSourceMaxStartups';
    const { begin, rate, full } = maxStartups;
    if (this.#total < begin) return undefined;
    if (this.#total >= full) return 'MaxStartups';
    const chance = rate + ((100 - rate) * (this.#total - begin)) / Math.max(1, full - begin);
    return this.#random() < chance ? 'MaxStartups' : undefined;
  }

  #penaltiesOf(address: string): Map<string, Penalty> {
    return isIPv4(address) ? this.#penalties.four : this.#penalties.six;
  }

  /** Those who have paid, and then those who have to pay the shortest. */
  #forget(penalties: Map<string, Penalty>, max: number): void {
    if (penalties.size <= max) return;
    const now = this.#now();
    for (const [source, { until }] of penalties) if (until <= now) penalties.delete(source);
    const sorted = [...penalties].toSorted(([, one], [, other]) => one.until - other.until);
    for (const [source] of sorted.slice(0, Math.max(0, penalties.size - max))) penalties.delete(source);
  }

  /** The network that an address belongs to. */
  #sourceOf(address: string): string {
    const { four, six } = this.#rules.perSourceNetBlockSize;
    if (isIPv4(address)) return networkOf(address.split('.').map(Number), four);
    return networkOf(expandIpv6(address), six);
  }
}

function networkOf(bytes: readonly number[], bits: number): string {
  const masked = bytes.map(
    (byte, at) => byte & (0xff << (8 - Math.min(8, Math.max(0, bits - at * 8)))) & 0xff,
  );
  return `${masked.join('.')}/${bits}`;
}

/** The bytes of an address as the system prints it, without its zone. */
function expandIpv6(address: string): number[] {
  const [left = '', right = ''] = (address.split('%')[0] ?? '').split('::');
  const wordsOf = (half: string): number[] =>
    half === '' ? [] : half.split(':').map((word) => Number.parseInt(word, 16));
  const [head, tail] = [wordsOf(left), wordsOf(right)];
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => 0);
  return [...head, ...zeros, ...tail].flatMap((word) => [word >> 8, word & 0xff]);
}
