/** Two slips of a finger or pen are forgiven; in a short word one, because two would make it any other. */
const MAX_EDITS = 2;
const SHORT_WORD = 4;
const MAX_SUGGESTIONS = 3;

/** Those words of the list that differ from `word` by the fewest edits: at most three, none if all are far. */
export function nearestWords(word: string, list: readonly string[]): string[] {
  const limit = word.length <= SHORT_WORD ? 1 : MAX_EDITS;
  const near = list
    .filter((candidate) => Math.abs(candidate.length - word.length) <= limit)
    .map((candidate) => ({ candidate, edits: editDistance(word, candidate) }))
    .filter(({ edits }) => edits <= limit);
  const fewest = Math.min(...near.map(({ edits }) => edits));
  return near
    .filter(({ edits }) => edits === fewest)
    .map(({ candidate }) => candidate)
    .slice(0, MAX_SUGGESTIONS);
}

/**
 * How many letters must be inserted, deleted, replaced or swapped with their neighbour to make one word of the other
 * (optimal string alignment).
 */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      const swapped =
        from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1] && row > 1 && column > 1;
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
