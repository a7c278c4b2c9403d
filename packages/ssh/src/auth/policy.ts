// Which methods have to succeed, as OpenSSH's AuthenticationMethods has it.

/** Methods that have to succeed in this order, such as publickey, then password. */
export type MethodList = readonly string[];

/** How far a login has come. */
export class Progress {
  #lists: readonly MethodList[];

  /** @param lists Any one of them is enough; empty ones do not count. */
  constructor(lists: readonly MethodList[]) {
    this.#lists = lists.filter(({ length }) => length > 0);
  }

  /** Methods that would be a step forward. */
  get next(): readonly string[] {
    return [...new Set(this.#lists.flatMap((list) => list.slice(0, 1)))];
  }

  /** Notes that one of `next` succeeded; whether that was the last. */
  advance(method: string): boolean {
    this.#lists = this.#lists.map((list) => (list[0] === method ? list.slice(1) : list));
    return this.#lists.some(({ length }) => length === 0);
  }
}
