// ssh_config(5), TOKENS and ENVIRONMENT VARIABLES.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ValueError } from './value-error.ts';

/** What may stand behind `%`, and what it means here. */
export type Tokens = Readonly<Record<string, string>>;

/** Letters that most options take. */
export const commonTokens = 'CdhijkLlnpru';

export interface TokenValues {
  readonly home: string;
  readonly uid: number;
  readonly localUser: string;
  readonly localHost: string;
  /** As typed. */
  readonly originalHost: string;
  readonly host: string;
  readonly port: string;
  readonly user: string;
  readonly hostKeyAlias: string | undefined;
  /** ProxyJump. */
  readonly jump: string | undefined;
}

export function makeTokens(values: TokenValues): Tokens {
  const { localHost, host, port, user } = values;
  const jump = values.jump ?? '';
  return {
    get C() {
      return connectionHash(`${localHost}${host}${port}${user}${jump}`);
    },
    d: values.home,
    h: host,
    i: String(values.uid),
    j: jump,
    k: values.hostKeyAlias ?? host,
    L: localHost.split('.', 1)[0] ?? '',
    l: localHost,
    n: values.originalHost,
    p: port,
    r: user,
    u: values.localUser,
  };
}

/** `%C`: it keeps names short and protects nothing, so SHA-1 will do, and OpenSSH's sockets are found by it. */
function connectionHash(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}

/** Replaces `%x` by its token. @param allowed The letters of this option. @throws {ValueError} for any other. */
export function expandTokens(text: string, tokens: Tokens, allowed: string): string {
  return text.replaceAll(/%(.?)/gs, (whole, letter: string) => {
    if (letter === '%') return '%';
    const value = allowed.includes(letter) && letter !== '' ? tokens[letter] : undefined;
    if (value === undefined) throw new ValueError(`unknown key ${whole} in "${text}"`);
    return value;
  });
}

/** Replaces `${NAME}`. @throws {ValueError} if a variable is not set. */
export function expandEnvironment(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  return text.replaceAll(/\$\{([^}]*)(\}?)/g, (_, name: string, close: string) => {
    const value = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (close === '' || value === undefined) throw new ValueError(`env var \${${name}} has no value`);
    return value;
  });
}

/** `~` and `~user` at the start of a path. @throws {ValueError} for a user who does not exist. */
export function expandTilde(path: string, home: string): string {
  const [whole, user] = /^~([^/]*)/.exec(path) ?? [];
  if (whole === undefined) return path;
  const folder = user === '' ? home : homeOf(user ?? '');
  if (folder === undefined) throw new ValueError(`Cannot expand "${path}": no such user "${user}"`);
  const rest = path.slice(whole.length).replace(/^\/+/, '');
  return folder.endsWith('/') ? folder + rest : `${folder}/${rest}`;
}

function homeOf(user: string): string | undefined {
  const lines = readFileSync('/etc/passwd', 'utf8').split('\n');
  return lines.map((line) => line.split(':')).find(([name]) => name === user)?.[5];
}
