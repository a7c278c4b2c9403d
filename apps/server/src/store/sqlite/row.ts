import type { SQLOutputValue } from 'node:sqlite';

/** A row as node:sqlite gives it. The readers below say what a column must hold. */
export type Row = Readonly<Record<string, SQLOutputValue>>;

/** The row of a query that always has one. */
export function one(row: Row | undefined): Row {
  if (row === undefined) throw new TypeError('Cannot read row: the query has no result');
  return row;
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === 'number') return value;
  throw mismatch(column, 'an integer');
}

export function optionalInteger(row: Row, column: string): number | undefined {
  return row[column] === null ? undefined : integer(row, column);
}

export function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw mismatch(column, 'a blob');
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === 'string') return value;
  throw mismatch(column, 'text');
}

function mismatch(column: string, expected: string): TypeError {
  return new TypeError(`Cannot read column "${column}": ${expected} expected`);
}
