// What a configuration says for one connection, or for the server as a whole.
import type { Written } from './directive.ts';
import { directiveKeys, directives, type DirectiveKey, type Settings } from './directives.ts';
import { placesOf, printAddress } from './listen-address.ts';
import { meets, missingFact, type ConnectionFacts, type Criterion } from './match.ts';
import type { Item, SshdConfig } from './parse.ts';

/** What some of the lines say. A key that is there with undefined says "none". */
type Draft = { -readonly [Key in DirectiveKey]?: Settings[Key] };

type Meets = (criteria: readonly Criterion[]) => boolean;

/**
 * The settings in force. A line behind a Match that is met outweighs those before every Match; among equals the first
 * counts.
 * @param facts Absent: no Match is met.
 */
export function evaluate(config: SshdConfig, facts?: ConnectionFacts): Settings {
  const general = collect(config.items, true, () => false);
  const special =
    facts === undefined ? {} : collect(config.items, false, (criteria) => meets(facts, criteria));
  const draft: Draft = {};
  for (const key of directiveKeys) settle(draft, key, [special, general]);
  if (!isComplete(draft)) throw new TypeError('Cannot evaluate the configuration: a setting has no value');
  return draft;
}

/** The flag of `-C` that a Match needs and that is not given; undefined if all are. */
export function missingSpecification(items: readonly Item[], facts: ConnectionFacts): string | undefined {
  for (const item of items) {
    const missing =
      item.kind === 'match'
        ? missingFact(facts, item.criteria)
        : missingSpecification(item.kind === 'include' ? item.files.flat() : [], facts);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

/** What `-T` prints: a name in lower case and a value in each line. */
export function printSettings(settings: Settings): string[] {
  return directiveKeys.flatMap((key) =>
    key === 'listenAddress' ? printPlaces(settings) : printSetting(settings, key),
  );
}

/** With each port, so that what is printed means the same wherever it stands. */
function printPlaces(settings: Settings): string[] {
  return placesOf(settings).map(({ host, port }) => `listenaddress ${printAddress(host, port)}`);
}

function printSetting<Key extends DirectiveKey>(settings: Pick<Settings, Key>, key: Key): string[] {
  return directives[key].print(settings[key]).map((value) => `${key.toLowerCase()} ${value}`);
}

/** What the lines say that are in force, or that stand before every Match. */
function collect(items: readonly Item[], isGeneral: boolean, isMet: Meets): Draft {
  const draft: Draft = {};
  const walk = (list: readonly Item[], startsActive: boolean, mayMatch: boolean): void => {
    let isActive = startsActive;
    let isBehindMatch = false;
    for (const item of list) {
      switch (item.kind) {
        case 'match':
          isActive = mayMatch && isMet(item.criteria);
          isBehindMatch = true;
          break;
        case 'include':
          for (const file of item.files) walk(file, isActive, isBehindMatch ? isActive : mayMatch);
          break;
        case 'setting':
          if (isActive) take(draft, item.key, item.written);
      }
    }
  };
  walk(items, isGeneral, true);
  return draft;
}

function take<Key extends DirectiveKey>(draft: Pick<Draft, Key>, key: Key, written: Written): void {
  const directive = directives[key];
  if (!(key in draft)) draft[key] = directive.read(written, undefined);
  else if (directive.accumulates) draft[key] = directive.read(written, draft[key]);
}

function settle<Key extends DirectiveKey>(
  draft: Draft,
  key: Key,
  sources: readonly Pick<Draft, Key>[],
): void {
  const source = sources.find((candidate) => key in candidate);
  const value = source === undefined ? directives[key].fallback : source[key];
  Object.assign(draft, { [key]: value });
}

function isComplete(draft: Draft): draft is Settings {
  return directiveKeys.every((key) => key in draft);
}
