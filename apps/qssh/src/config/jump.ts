// ProxyJump: hosts on the way, first one first.
import { parsePort } from './values.ts';
import { ValueError } from './value-error.ts';

/** One host on the way. */
export interface Jump {
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number | undefined;
}

/** Whether a value of ProxyJump names hosts. */
export function isJump(line: string | undefined): line is string {
  return line !== undefined && line.toLowerCase() !== 'none';
}

/** @throws {ValueError} */
export function readJump(line: string): readonly Jump[] | 'none' {
  if (!isJump(line)) return 'none';
  return line.split(',').map((text) => {
    const jump = readHop(text);
    if (jump === undefined) throw new ValueError(`Invalid ProxyJump "${line}"`);
    return jump;
  });
}

/** `[user@]host[:port]` or a URI of ssh; undefined for anything else. */
function readHop(text: string): Jump | undefined {
  const [, body = text] = /^ssh:\/\/([^/]*)\/?$/.exec(text) ?? [];
  if (text.startsWith('ssh://') && body === text) return undefined;
  const [, user, bracketed, plain, portText] =
    /^(?:(.*)@)?(?:\[([^\]]+)\]|([^\s:@[\]]+))(?::(.*))?$/.exec(body) ?? [];
  const host = bracketed ?? plain;
  const port = portText === undefined ? undefined : parsePort(portText);
  if (host === undefined || user === '' || (portText !== undefined && port === undefined)) return undefined;
  return { user: user === undefined ? undefined : decodeUser(user, text), host, port };
}

function decodeUser(user: string, whole: string): string {
  if (!whole.startsWith('ssh://')) return user;
  const [plain = ''] = user.split(';');
  return plain.replaceAll(/%([\da-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
