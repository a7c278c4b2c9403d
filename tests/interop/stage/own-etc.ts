// Servers that see another /etc than the rest of the machine, so that accounts and files there can be what a test needs.
import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Fields of passwd(5) and shadow(5). */
export interface TestAccount {
  /** By default "x": it stands in shadow(5). */
  readonly inPasswd?: string;
  /** By default "*", which is none; null: no line there. */
  readonly password?: string | null;
  /** Days since 1970. */
  readonly expires?: number;
  /** By default /bin/sh. */
  readonly shell?: string;
  readonly home?: string;
}

export interface OwnEtc {
  /** The folder, which is /etc for the servers. */
  readonly path: string;
  /** Words before the command of a server. */
  readonly prefix: readonly string[];
}

/** A copy of /etc with more accounts, by name. */
export function makeEtc(folder: string, accounts: Readonly<Record<string, TestAccount>>): OwnEtc {
  const path = join(folder, 'etc');
  cpSync('/etc', path, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  const lines = (render: (name: string, account: TestAccount, id: number) => string): string =>
    Object.entries(accounts)
      .map(([name, account], at) => render(name, account, 61_000 + at))
      .join('');
  appendFileSync(
    join(path, 'group'),
    lines((name, _, id) => `${name}:x:${id}:\n`),
  );
  appendFileSync(
    join(path, 'passwd'),
    lines(
      (name, { inPasswd = 'x', home = '/', shell = '/bin/sh' }, id) =>
        `${name}:${inPasswd}:${id}:${id}::${home}:${shell}\n`,
    ),
  );
  appendFileSync(
    join(path, 'shadow'),
    lines((name, { password = '*', expires = '' }) =>
      password === null ? '' : `${name}:${password}:19000:0:99999:7::${expires}:\n`,
    ),
  );
  const enter = 'mount --bind "$0" /etc && exec "$@"';
  return { path, prefix: ['unshare', '--mount', 'sh', '-c', enter, path] };
}

/** Changes the password of an account. */
export function setPassword({ path }: OwnEtc, name: string, password: string): void {
  const file = join(path, 'shadow');
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(new RegExp(`^${name}:[^:]*:`, 'm'), `${name}:${password}:`));
}
