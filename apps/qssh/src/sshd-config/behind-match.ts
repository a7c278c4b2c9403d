import type { DirectiveKey } from './directives.ts';
import type { Item } from './parse.ts';

/** Whether what a directive says may depend on who logs in, or from where. */
export function isSetBehindMatch(items: readonly Item[], key: DirectiveKey): boolean {
  let isBehind = false;
  const walk = (part: readonly Item[]): boolean =>
    part.some((item) => {
      if (item.kind === 'include') return item.files.some(walk);
      if (item.kind === 'match') isBehind = true;
      return item.kind === 'setting' && item.key === key && isBehind;
    });
  return walk(items);
}
