import { decode, encode, FormatError, list, literal, raw, struct, type Value } from '@orrery/bytes';
import { randomBytes } from '@orrery/crypto';
import { Label } from './labels.ts';
import { OBJECT_ID_LENGTH } from './ledger/entry.ts';
import { MAX_IDS } from './limits.ts';

const id = raw(OBJECT_ID_LENGTH);

const mapCodec = struct({
  label: literal(Label.rekeyMap),
  salt: raw(32),
  pairs: list(struct({ original: id, current: id }), MAX_IDS),
});

/**
 * After a rotation every object has a new id. Manifests keep naming the id under which
 * content was first committed; the newest map gives the present one. An id that it does
 * not name was committed since and is still its own.
 */
export type RekeyMap = ReadonlyMap<string, Uint8Array>;

/** @throws {FormatError} if it is no map, or names an id twice on one side. */
export function decodeRekeyMap(bytes: Uint8Array): RekeyMap {
  const { pairs } = decode(mapCodec, bytes);
  const map = new Map(pairs.map(({ original, current }) => [original.toHex(), current]));
  if (map.size !== pairs.length || originalsOf(map).size !== pairs.length)
    throw new FormatError('Cannot read rekey map: it names an object twice');
  return map;
}

export function encodeRekeyMap(map: RekeyMap): Uint8Array {
  const pairs: Value<typeof mapCodec>['pairs'] = [...map].map(([original, current]) => ({
    original: Uint8Array.fromHex(original),
    current,
  }));
  return encode(mapCodec, { label: Label.rekeyMap, salt: randomBytes(32), pairs });
}

/** The id under which the content committed as `original` lies now. */
export function currentId(map: RekeyMap, original: Uint8Array): Uint8Array {
  return map.get(original.toHex()) ?? original;
}

/** The id under which the content that lies at `current` was first committed. */
export function originalId(map: RekeyMap, current: Uint8Array): Uint8Array {
  const original = originalsOf(map).get(current.toHex());
  return original === undefined ? current : Uint8Array.fromHex(original);
}

/** The other direction of each map, made once: a rotation asks it for every object. */
const originals = new WeakMap<RekeyMap, ReadonlyMap<string, string>>();

function originalsOf(map: RekeyMap): ReadonlyMap<string, string> {
  const known = originals.get(map);
  if (known !== undefined) return known;
  const made = new Map([...map].map(([original, current]) => [current.toHex(), original]));
  originals.set(map, made);
  return made;
}
