import { MAX_FOLDER_BYTES } from '../limits.ts';

/** A file by what it would take. */
interface Sized {
  readonly name: string;
  readonly size: number;
}

/** The names of the largest files, as many as must stay out for the others to fit into `MAX_FOLDER_BYTES`. */
export function beyondTotal(files: Iterable<Sized>): ReadonlySet<string> {
  const list = [...files];
  let total = list.reduce((sum, { size }) => sum + size, 0);
  const out = new Set<string>();
  if (total <= MAX_FOLDER_BYTES) return out;
  for (const { name, size } of list.toSorted((a, b) => b.size - a.size || (a.name < b.name ? -1 : 1))) {
    if (total <= MAX_FOLDER_BYTES) break;
    out.add(name);
    total -= size;
  }
  return out;
}

/** Why a file stays out. */
export const BEYOND_TOTAL = `it is among the largest, and all files together may have ${MAX_FOLDER_BYTES} bytes`;
