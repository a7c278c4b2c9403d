import { join } from 'node:path';
import type { Ignore } from 'ignore';
import { foldFileName, readRegularFile, statRegularFile } from '@orrery/disk';

/** Patterns of what this machine keeps to itself, in gitignore's syntax. Itself never synced. */
const IGNORE_FILE = '.ssh-sync-ignore';

const MAX_IGNORE_BYTES = 64 * 1024;

/**
 * Files that act on this machine alone, or that programs leave behind; `include` brings one in. Patterns are for folded
 * names: what opens as such a file on some system is one.
 */
const KEPT_LOCAL: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /^authorized_keys2?$/, reason: 'says who may log in here' },
  { pattern: /^(rc|environment)$/, reason: 'runs or changes logins on this machine' },
  { pattern: /~$|\.sw[a-p]$|^#.*#$|^\.#|\.(bak|orig|tmp)$/, reason: "an editor's backup" },
  { pattern: /\.old$/, reason: 'an old copy' },
  { pattern: /\.duplicate\d*$/, reason: 'a copy that a download saved beside' },
  { pattern: /^(\.ds_store|thumbs\.db|desktop\.ini)$/, reason: "a file browser's" },
];

/** Never synced, whatever is asked for; likewise for folded names. */
const NEVER: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /^\.ssh-sync-ignore$/, reason: 'the rules of this machine' },
  { pattern: /^\.orrery-tmp-/, reason: 'unfinished writing' },
];

/** Why a file is not synced; undefined if it is. */
export type Rules = (name: string) => string | undefined;

/**
 * The rules of a folder on this machine, for what leaves it and for what arrives.
 * @param included Names that were asked for with `--include`.
 */
export async function readRules(folder: string, included: ReadonlySet<string>): Promise<Rules> {
  const ignored = await readIgnoreFile(join(folder, IGNORE_FILE));
  return (name) => {
    const folded = foldFileName(name);
    const never = NEVER.find(({ pattern }) => pattern.test(folded));
    if (never !== undefined) return never.reason;
    if (included.has(name)) return undefined;
    if (ignored?.ignores(name) === true) return `named in ${IGNORE_FILE}`;
    return KEPT_LOCAL.find(({ pattern }) => pattern.test(folded))?.reason;
  };
}

async function readIgnoreFile(path: string): Promise<Ignore | undefined> {
  if (statRegularFile(path) === undefined) return undefined;
  const text = new TextDecoder().decode(readRegularFile(path, MAX_IGNORE_BYTES).bytes);
  const { default: ignore } = await import('ignore');
  return ignore().add(text);
}
