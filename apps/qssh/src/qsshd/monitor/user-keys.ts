// Whether a user has authorised a key (sshd_config(5): AuthorizedKeysFile, AuthorizedKeysCommand).
import { equal } from '@orrery/bytes';
import { fingerprint } from '@orrery/keys';
import {
  authorizedKeysOf,
  maxAuthorizedKeysBytes,
  parseAuthorizedKeys,
  refusalReason,
  type KeyRestrictions,
} from '@orrery/sshfiles';
import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Settings } from '../../sshd-config/directives.ts';
import { expandTokens } from '../../sshd-config/tokens.ts';
import { findAccount, type Account } from './accounts.ts';
import { readOwnedFile } from './owned-file.ts';
import type { Peer } from './peer.ts';
import { splitCommand } from './split-command.ts';

/** How long a command may take to name the keys, in milliseconds. */
const COMMAND_PATIENCE = 30_000;

type Rules = Pick<
  Settings,
  'authorizedKeysFile' | 'authorizedKeysCommand' | 'authorizedKeysCommandUser' | 'strictModes'
>;

export interface KeySearch {
  readonly account: Account;
  readonly peer: Peer;
  readonly rules: Rules;
  readonly log: (text: string) => void;
}

/** The restrictions of the first line with this key that holds for this login; undefined if there is none. */
export async function findRestrictions(
  search: KeySearch,
  key: Uint8Array,
): Promise<KeyRestrictions | undefined> {
  const sources = [...filesOf(search), await commandOutput(search, key)];
  for (const bytes of sources) {
    const restrictions = bytes && restrictionsIn(bytes, search, key);
    if (restrictions !== undefined) return restrictions;
  }
  return undefined;
}

function restrictionsIn(
  bytes: Uint8Array,
  { peer, log }: KeySearch,
  key: Uint8Array,
): KeyRestrictions | undefined {
  for (const { key: own, restrictions } of authorizedKeysOf(parseAuthorizedKeys(bytes))) {
    if (restrictions.certAuthority || !equal(own.blob, key)) continue;
    const refusal = refusalReason(restrictions, { ...peer, now: Date.now() });
    if (refusal === undefined) return restrictions;
    log(`authorized key refused: ${refusal}`);
  }
  return undefined;
}

function filesOf({ account, rules, log }: KeySearch): Uint8Array[] {
  const names = { h: account.home, u: account.name, U: String(account.uid) };
  return rules.authorizedKeysFile.flatMap((name) => {
    const path = resolve(account.home, expandTokens(name, names));
    const found = readOwnedFile(path, account, rules.strictModes, maxAuthorizedKeysBytes);
    if (typeof found !== 'string') return [found];
    if (found !== 'it cannot be read') log(`Authentication refused: "${path}": ${found}`);
    return [];
  });
}

/** What AuthorizedKeysCommand prints, run as its own user; undefined if there is none or it fails. */
async function commandOutput(
  { account, peer, rules, log }: KeySearch,
  key: Uint8Array,
): Promise<Uint8Array | undefined> {
  const { authorizedKeysCommand: command, authorizedKeysCommandUser: runner } = rules;
  if (command === undefined || runner === undefined) return undefined;
  const words = splitCommand(command).map((word, at) =>
    at === 0 ? word : expandTokens(word, tokens(account, peer, key)),
  );
  const [program = ''] = words;
  const as = await findAccount(runner.replace('%u', account.name));
  if (as === undefined || !isRootsOwn(program)) {
    log(`Cannot run AuthorizedKeysCommand "${program}": it or its user is not fit for that`);
    return undefined;
  }
  // With its own name as the only argument it is asked for the keys of a user.
  return run(program, words.length === 1 ? [account.name] : words.slice(1), as, log);
}

function tokens(account: Account, peer: Peer, key: Uint8Array): Readonly<Record<string, string>> {
  return {
    u: account.name,
    U: String(account.uid),
    h: account.home,
    f: fingerprint(key, 'sha256'),
    k: key.toBase64(),
    t: typeOf(key),
    D: '',
    C: `${peer.address} ${peer.port} ${peer.localAddress} ${peer.localPort}`,
  };
}

function typeOf(key: Uint8Array): string {
  const length = new DataView(key.buffer, key.byteOffset).getUint32(0);
  return new TextDecoder().decode(key.subarray(4, 4 + Math.min(length, 128)));
}

/** Only root may have written what decides who logs in. */
function isRootsOwn(program: string): boolean {
  try {
    const { uid, mode } = statSync(program);
    return (uid === 0 || uid === process.getuid?.()) && (mode & 0o022) === 0;
  } catch {
    return false;
  }
}

function run(
  program: string,
  args: readonly string[],
  { uid, gid, home, name }: Account,
  log: (text: string) => void,
): Promise<Uint8Array | undefined> {
  const identity = process.getuid?.() === 0 ? { uid, gid } : {};
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    cwd: '/',
    timeout: COMMAND_PATIENCE,
    env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin', USER: name, LOGNAME: name, HOME: home },
    ...identity,
  });
  child.on('error', () => undefined);
  if (child.pid === undefined) {
    log(`Cannot run AuthorizedKeysCommand "${program}": the system does not start it`);
    return Promise.resolve(undefined);
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  child.stdout.on('data', (chunk: Uint8Array) => {
    length += chunk.length;
    if (length > maxAuthorizedKeysBytes) child.kill('SIGKILL');
    else chunks.push(chunk);
  });
  return new Promise((done) => {
    child.once('close', (code, signal) => {
      if (code !== 0) log(`AuthorizedKeysCommand "${program}" failed: ${signal ?? `status ${code}`}`);
      done(code === 0 ? new Uint8Array(Buffer.concat(chunks)) : undefined);
    });
  });
}
