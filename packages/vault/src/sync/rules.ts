import { join } from 'node:path';
import type { Ignore } from 'ignore';
import { readRegularFile, statRegularFile } from '@orrery/disk';

/** Patterns of what this machine keeps to itself, in gitignore's syntax. Itself never synced. */
const IGNORE_FILE = '.ssh-sync-ignore';

const MAX_IGNORE_BYTES = 64 * 1024;

/** Files that act on this machine alone, or that programs leave behind; `include` brings one in. */
const KEPT_LOCAL: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /^authorized_keys2?$/i, reason: 'says who may log in here' },
  { pattern: /^(rc|environment)$/i, reason: 'runs or changes logins on this machine' },
  { pattern: /~$|\.sw[a-p]$|^#.*#$|^\.#|\.(bak|orig|tmp)$/i, reason: "an editor's backup" },
  { pattern: /\.old$/i, reason: 'an old copy' },
  { pattern: /\.duplicate\d*$/i, reason: 'a copy that a download saved beside' },
  { pattern: /^(\.DS_Store|Thumbs\.db|desktop\.ini)$/i, reason: "a file browser's" },
];

/** Never synced, whatever is asked for. */
const NEVER: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /^\.ssh-sync-ignore$/i, reason: 'the rules of this machine' },
  { pattern: /^\.orrery-tmp-/i, reason: 'unfinished writing' },
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
    const never = NEVER.find(({ pattern }) => pattern.test(name));
    if (never !== undefined) return never.reason;
    if (included.has(name)) return undefined;
    if (ignored?.ignores(name) === true) return `named in ${IGNORE_FILE}`;
    return KEPT_LOCAL.find(({ pattern }) => pattern.test(name))?.reason;
  };
}

async function readIgnoreFile(path: string): Promise<Ignore | undefined> {
  if (statRegularFile(path) === undefined) return undefined;
  const text = new TextDecoder().decode(readRegularFile(path, MAX_IGNORE_BYTES).bytes);
  const { default: ignore } = await import('ignore');
  return ignore().add(text);
}
