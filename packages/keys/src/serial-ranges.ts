/** Serial numbers, as ranges with both ends. Numbers may come in any order; what was added is sorted when it is asked for. */
export class SerialRanges {
  #ranges: SerialRange[] = [];
  #isSorted = true;

  add(first: bigint, last: bigint): void {
    this.#ranges.push({ first, last });
    this.#isSorted = false;
  }

  has(serial: bigint): boolean {
    const ranges = this.sorted();
    let [low, high] = [0, ranges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ranges[middle]?.last ?? 0n) < serial) low = middle + 1;
      else high = middle;
    }
    const found = ranges[low];
    return found !== undefined && found.first <= serial;
  }

  /** In their order, none of which meets or touches another. */
  sorted(): readonly SerialRange[] {
    if (!this.#isSorted) this.#ranges = merged(this.#ranges);
    this.#isSorted = true;
    return this.#ranges;
  }
}

export interface SerialRange {
  readonly first: bigint;
  readonly last: bigint;
}

function merged(ranges: readonly SerialRange[]): SerialRange[] {
  const result: SerialRange[] = [];
  for (const range of ranges.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    const former = result.at(-1);
    if (former === undefined || range.first > former.last + 1n) result.push(range);
    else if (range.last > former.last) result[result.length - 1] = { first: former.first, last: range.last };
  }
  return result;
}
