// nologin(5): while this file is there, only root may log in.
import { closeSync, openSync, readSync } from 'node:fs';
import type { Account } from '../monitor/accounts.ts';

const FILE = '/etc/nologin';

/** As much of it as is shown, in bytes. */
const MAX_TEXT = 64 * 1024;

/** What the user is told instead of being served; undefined for whoever may log in. */
export function readNoLogin({ uid }: Account): Uint8Array | undefined {
  if (uid === 0) return undefined;
  try {
    const descriptor = openSync(FILE, 'r');
    try {
      const bytes = new Uint8Array(MAX_TEXT);
      return bytes.slice(0, readSync(descriptor, bytes));
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    const isThere = error instanceof Error && 'code' in error && error.code !== 'ENOENT';
    return isThere ? new Uint8Array() : undefined;
  }
}
