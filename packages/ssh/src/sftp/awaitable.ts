import type { Awaitable } from './file-system.ts';

/** What `step` makes of a value, at once if the value is there: a promise for each packet costs more than its work. */
export function after<T, U>(value: Awaitable<T>, step: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(step) : step(value);
}
