import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';

const FOLDER = join(import.meta.dirname, '../vectors');

/** One case of a file in `vectors`. A field that is missing, or of another type, fails the test. */
export interface Vector {
  readonly id: string;
  readonly valid: boolean;
  bytes(field: string): Uint8Array;
  text(field: string): string;
  number(field: string): number;
}

/** A test that checks every case of a file, and that there is one. An error names the case. */
export function testVectors(
  name: string,
  file: string,
  check: (vector: Vector) => void | Promise<void>,
): void {
  test(name, async () => {
    const vectors = readVectors(file);
    assert.ok(vectors.length > 0, `${file} has no case`);
    for (const vector of vectors) {
      try {
        await check(vector);
      } catch (cause) {
        throw new Error(`Case "${vector.id}" of ${file} failed`, { cause });
      }
    }
  });
}

function readVectors(file: string): Vector[] {
  const content = readFileSync(join(FOLDER, file));
  const json = file.endsWith('.gz') ? gunzipSync(content) : content;
  const cases: unknown = JSON.parse(json.toString());
  assert.ok(Array.isArray(cases));
  return cases.map(toVector);
}

function toVector(value: unknown): Vector {
  assert.ok(typeof value === 'object' && value !== null);
  const fields = new Map<string, unknown>(Object.entries(value));
  const text = (field: string): string => {
    const found = fields.get(field);
    assert.ok(typeof found === 'string', `no text "${field}"`);
    return found;
  };
  return {
    id: text('id'),
    valid: fields.get('valid') !== false,
    text,
    bytes: (field) => Uint8Array.fromHex(text(field)),
    number: (field) => {
      const found = fields.get(field);
      assert.ok(typeof found === 'number', `no number "${field}"`);
      return found;
    },
  };
}
