/**
 * What the command line and the config files set: texts in the form in which `-G` prints them. The first value of an
 * option counts, unless the option collects them.
 */
export class Settings {
  readonly #values = new Map<string, readonly string[]>();

  /** @param keyword In lower case, as everywhere here. */
  has(keyword: string): boolean {
    return this.#values.has(keyword);
  }

  /** The first of an option's values. */
  get(keyword: string): string | undefined {
    return this.#values.get(keyword)?.[0];
  }

  all(keyword: string): readonly string[] {
    return this.#values.get(keyword) ?? [];
  }

  /** Whether a yes-or-no option, or one that has more words beside those, is on. */
  isOn(keyword: string): boolean {
    const value = this.get(keyword);
    return value === 'yes' || value === 'true';
  }

  /** The number that an option holds; undefined if none. */
  number(keyword: string): number | undefined {
    const value = this.get(keyword);
    return value === undefined || !/^-?\d+$/.test(value) ? undefined : Number(value);
  }

  /** Sets an option that is not set yet; no values leave it so. */
  offer(keyword: string, values: readonly string[]): void {
    if (values.length > 0 && !this.#values.has(keyword)) this.#values.set(keyword, values);
  }

  add(keyword: string, values: readonly string[]): void {
    const known = this.all(keyword);
    this.#values.set(keyword, [...known, ...values.filter((value) => !known.includes(value))]);
  }

  replace(keyword: string, values: readonly string[]): void {
    this.#values.set(keyword, values);
  }

  delete(keyword: string): void {
    this.#values.delete(keyword);
  }
}
