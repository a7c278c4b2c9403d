// ssh_config(5), KnownHostsCommand: a program that prints lines of known_hosts.
import { spawnSync } from 'node:child_process';
import type { ClientConfig } from '../../config/load-config.ts';
import { commonTokens, expandTokens } from '../../config/tokens.ts';
import { failureText } from '../../copy/reason.ts';
import { LoginError } from '../failure.ts';
import { shownFingerprint } from './key-words.ts';
import { type KnownKey, entriesOf } from './known-keys.ts';

/** Most that the program may print, in bytes. */
const MAX_OUTPUT = 1 << 20;

/** What the program says; nothing if there is none. @throws {LoginError} */
export function knownByCommand(
  { settings, tokens }: ClientConfig,
  name: string,
  type: string,
  blob: Uint8Array | undefined,
  reason: 'ORDER' | 'HOSTNAME',
): KnownKey[] {
  const command = settings.get('knownhostscommand');
  if (command === undefined || command.toLowerCase() === 'none') return [];
  const more = {
    ...tokens,
    H: name,
    I: reason,
    t: blob === undefined ? 'NONE' : type,
    K: blob?.toBase64() ?? 'NONE',
    f: blob === undefined ? 'NONE' : shownFingerprint(blob, undefined),
  };
  const [program = '', ...words] = wordsOf(command).map((word) =>
    expandTokens(word, more, `${commonTokens}HIKft`),
  );
  const { status, stdout, error } = spawnSync(program, words, {
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: MAX_OUTPUT,
  });
  if (status !== 0)
    throw new LoginError(
      `KnownHostsCommand failed: ${error === undefined ? `status ${String(status)}` : failureText(error)}`,
    );
  return entriesOf(stdout, 'KnownHostsCommand', false);
}

/** Words as in ssh_config: quotes group, no shell is involved. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
    ([, double, single, plain]) => double ?? single ?? plain ?? '',
  );
}
