// PerSourcePenalties and MaxStartups: what keeps one address, and everybody together, from using up the server.
import { parseTime } from '../config/values.ts';
import { ValueError } from '../config/value-error.ts';
import type { Directive } from './directive.ts';

/** For what an address is penalised. */
export type Offence = 'crash' | 'authfail' | 'noauth' | 'grace-exceeded' | 'refuseconnection';

export interface Penalties {
  /** Seconds added for each offence. */
  readonly seconds: Readonly<Record<Offence, number>>;
  /** The penalty never grows above this. */
  readonly max: number;
  /** Below this it is not enforced. */
  readonly min: number;
  /** Addresses that are remembered. */
  readonly sources4: number;
  readonly sources6: number;
}

const standard: Penalties = {
  seconds: { crash: 90, authfail: 5, noauth: 1, 'grace-exceeded': 10, refuseconnection: 10 },
  max: 600,
  min: 15,
  sources4: 65_536,
  sources6: 65_536,
};

const offences: readonly Offence[] = ['crash', 'authfail', 'noauth', 'grace-exceeded', 'refuseconnection'];

export const perSourcePenalties: Directive<Penalties | undefined> = {
  fallback: standard,
  isGlobal: true,
  accumulates: false,
  read: ({ words }) => {
    const [first, ...more] = words.map((text) => text.toLowerCase());
    if (first === undefined) throw new ValueError('missing argument.');
    if (more.length === 0 && (first === 'yes' || first === 'no'))
      return first === 'yes' ? standard : undefined;
    return [first, ...more].reduce(readPenalty, standard);
  },
  print: (penalties) => {
    if (penalties === undefined) return ['no'];
    const { seconds, max, min, sources4, sources6 } = penalties;
    const named = offences.map((name) => `${name}:${seconds[name]}`);
    return [`${named.join(' ')} max:${max} min:${min} max-sources4:${sources4} max-sources6:${sources6}`];
  },
};

function readPenalty(penalties: Penalties, text: string): Penalties {
  const [, name = '', value = ''] = /^([a-z0-9-]+):(.+)$/.exec(text) ?? [];
  const offence = offences.find((known) => known === name);
  const time = parseTime(value);
  if (offence !== undefined && time !== undefined)
    return { ...penalties, seconds: { ...penalties.seconds, [offence]: time } };
  if (name === 'max' && time !== undefined) return { ...penalties, max: time };
  if (name === 'min' && time !== undefined) return { ...penalties, min: time };
  if (name === 'max-sources4' && /^\d{1,9}$/.test(value)) return { ...penalties, sources4: Number(value) };
  if (name === 'max-sources6' && /^\d{1,9}$/.test(value)) return { ...penalties, sources6: Number(value) };
  throw new ValueError(`invalid penalty "${text}"`);
}

/** From `begin` unauthenticated connections on, `rate` of a hundred are refused, growing to all of them at `full`. */
export interface StartLimit {
  readonly begin: number;
  readonly rate: number;
  readonly full: number;
}

export const maxStartups: Directive<StartLimit> = {
  fallback: { begin: 10, rate: 30, full: 100 },
  isGlobal: true,
  accumulates: false,
  read: ({ words: [text = '', ...more] }) => {
    const [, begin = '', rate, full] = /^(\d{1,9})(?::(\d{1,3}):(\d{1,9}))?$/.exec(text) ?? [];
    const limit = { begin: Number(begin), rate: Number(rate ?? 30), full: Number(full ?? begin) };
    const isValid = limit.begin >= 1 && limit.full >= limit.begin && limit.rate >= 1 && limit.rate <= 100;
    if (begin === '' || more.length > 0 || !isValid) throw new ValueError('Invalid MaxStartups spec.');
    return limit;
  },
  print: ({ begin, rate, full }) => [`${begin}:${rate}:${full}`],
};
