// From where, and how, this Debian gets its packages.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The address of the archive with the main packages of this release. @throws {Error} if apt knows none. */
export function mirror(): string {
  const uri = mainArchive() ?? (ask('apt-get', ['update', '-qq']), mainArchive());
  if (uri === undefined) throw new Error('Cannot make a Debian 13: apt has no archive for this Debian');
  // A list of mirrors in a file: any of them will do.
  const list = /^mirror\+file:(.+)$/.exec(uri)?.[1];
  const address = (list === undefined ? uri : (readFileSync(list, 'utf8').split(/\s/)[0] ?? '')).replace(
    /\/$/,
    '',
  );
  if (!/^https?:\/\//.test(address))
    throw new Error(`Cannot make a Debian 13: apt's archive is at "${address}", and http or https is needed`);
  return address;
}

/** Sources in any format, as apt itself understands them; it knows none before its first update. */
function mainArchive(): string | undefined {
  const release = /^VERSION_CODENAME=(.*)$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? '';
  const wanted = ['Created-By: Packages', `Codename: ${release}`, 'Component: main', 'Origin: Debian'];
  return ask('apt-get', ['indextargets', '--format', '$(REPO_URI)', ...wanted]).split('\n')[0] || undefined;
}

/** The variables by which programs other than apt learn of apt's proxy for an address. */
export function proxyVariables(address: string): Readonly<Record<string, string>> {
  const { host, protocol } = new URL(address);
  const scheme = protocol.slice(0, -1);
  const variable = `${scheme}_proxy`;
  const named = setting(`Acquire::${scheme}::Proxy::${host}`) || setting(`Acquire::${scheme}::Proxy`);
  const proxy = process.env[variable] ?? (named || detected(address));
  return proxy === '' || proxy === 'DIRECT' ? {} : { [variable]: proxy };
}

/** What apt's own program for that finds. */
function detected(address: string): string {
  const program = setting('Acquire::http::Proxy-Auto-Detect') || setting('Acquire::http::ProxyAutoDetect');
  return program === '' ? '' : ask(program, [address]).trim();
}

/** Lines of apt.conf: how this apt checks archives, and what it trusts. */
export function checks(): string {
  const lines = ask('apt-config', ['dump']).split('\n');
  return lines.filter((line) => /^Acquire::(?:https::|Check-|Retries )/.test(line)).join('\n');
}

function setting(name: string): string {
  const line = ask('apt-config', ['--format', '%f=%v%n', 'dump', name]).split('\n')[0] ?? '';
  return line.startsWith(`${name}=`) ? line.slice(name.length + 1) : '';
}

function ask(program: string, words: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, words, { encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`Cannot ask "${program} ${words.join(' ')}": ${error?.message ?? stderr}`);
  return stdout;
}
