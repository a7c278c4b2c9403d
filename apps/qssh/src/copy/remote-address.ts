// How a file on another machine is named: `host:path`, `[user@host]:path` and `scp://user@host:port/path`.
import { textOf } from './names.ts';

export interface RemoteAddress {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: string | undefined;
  /** A name (names.ts), '' for the folder where a session begins. */
  readonly path: string;
}

/**
 * What an argument, given as a name, says; undefined for a file of this machine.
 * @throws {SyntaxError} if it is a URI without sense, or has a user or host that is none.
 */
export function readAddress(argument: string, scheme: 'scp' | 'sftp'): RemoteAddress | undefined {
  if (argument.startsWith(`${scheme}://`)) return readUri(argument, scheme);
  const [, before, path = ''] = /^((?:[^[/:]*@)?\[[^\]/]*\]|\[[^\]/]*\]|[^:/]+):([^]*)$/.exec(argument) ?? [];
  if (before === undefined) return undefined;
  // `[user@host]` has the user inside of the brackets, `user@[host]` before them.
  const [, outer, inner] = /^(?:([^[]*)@)?\[([^\]]*)\]$/.exec(before) ?? [];
  const whole = inner ?? before;
  const at = whole.lastIndexOf('@');
  const user = outer ?? (at === -1 ? undefined : whole.slice(0, at));
  return { user: userOf(user), host: hostOf(whole.slice(at + 1)), port: undefined, path };
}

/** A destination without a path, as sftp takes it: `host`, `user@host`, `[user@host]`. @throws {SyntaxError} */
export function readHost(argument: string, scheme: 'sftp'): RemoteAddress {
  return (
    readAddress(argument, scheme) ??
    readAddress(`${argument}:`, scheme) ?? {
      user: undefined,
      host: hostOf(argument),
      port: undefined,
      path: '',
    }
  );
}

function readUri(argument: string, scheme: string): RemoteAddress {
  const pattern = /^[a-z]+:\/\/(?:([^@/]*)@)?(?:\[([^\]/]*)\]|([^:/@[\]]*))(?::([0-9]{1,5}))?(?:\/([^]*))?$/;
  const [, user, bracketed, plain, port, path = ''] = pattern.exec(argument) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined)
    throw new SyntaxError(`${scheme} URI expected: ${scheme}://[user@]host[:port][/path]`);
  return {
    user: userOf(user === undefined ? undefined : decoded(user.split(';', 1)[0] ?? '')),
    host: hostOf(decoded(host)),
    port,
    path: decoded(path),
  };
}

function decoded(text: string): string {
  if (/%(?![0-9A-Fa-f]{2})|%00/.test(text)) throw new SyntaxError('malformed escape in a URI');
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Never an option of ssh, nor anything that a shell would read (ProxyCommand has %h and %r in it). */
function hostOf(name: string): string {
  const host = textOf(name);
  if (host === undefined || host === '' || host.startsWith('-')) throw new SyntaxError('invalid host name');
  return host;
}

function userOf(name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  const user = textOf(name);
  if (user === undefined || user === '' || user.startsWith('-') || /[\s'"`;&<>|(){}]/.test(user))
    throw new SyntaxError('invalid user name');
  return user;
}
