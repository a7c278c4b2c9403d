import { visibleJson } from './visible.ts';

/**
 * One JSON object on one line, without the newline, its first property `event`. A bigint becomes a decimal string,
 * a Uint8Array becomes hexadecimal.
 */
export function jsonLine(name: string, fields: object): string {
  return visibleJson(JSON.stringify(Object.assign({ event: name }, fields, { event: name }), replace));
}

// A Buffer has already been through its toJSON when `value` arrives here, so look at the object that holds it.
function replace(this: object, key: string, value: unknown): unknown {
  const original: unknown = Reflect.get(this, key);
  if (original instanceof Uint8Array) return Uint8Array.prototype.toHex.call(original);
  return typeof value === 'bigint' ? value.toString() : value;
}
