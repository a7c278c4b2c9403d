// What -L, -R and -D take, and LocalForward and its kin (ssh(1)). They are kept as `-G` prints them.
import { parsePort } from './values.ts';

/** One end: a socket's path, or a port with perhaps an address. */
type End = { readonly path: string } | { readonly host: string | undefined; readonly port: number };

/**
 * A forwarding in the form `LISTEN TARGET`, or `LISTEN` alone for a dynamic one; undefined if it is none. A path stays
 * as it is written.
 * @param kind dynamic: without a target. remote: the target may be missing, and port 0 lets the server choose.
 */
export function parseForward(text: string, kind: 'local' | 'remote' | 'dynamic'): string | undefined {
  const fields = splitFields(text.trim());
  if (fields === undefined) return undefined;
  if (kind === 'dynamic') return listenOnly(fields, false);
  const found = withTarget(fields, kind === 'remote');
  if (found === undefined && kind === 'remote') {
    const listen = listenOnly(fields, true);
    return listen === undefined ? undefined : `${listen} [socks]:0`;
  }
  return found;
}

function listenOnly(fields: readonly string[], zero: boolean): string | undefined {
  const [end, rest] = takeEnd(fields, zero, fields.length > 1);
  return end === undefined || rest.length > 0 ? undefined : printListen(end);
}

function withTarget(fields: readonly string[], zero: boolean): string | undefined {
  // Longest listening end first: `a:1:b:2` has an address, `1:b:2` has none.
  for (const withHost of [true, false]) {
    const [listen, rest] = takeEnd(fields, zero, withHost);
    if (listen === undefined) continue;
    const [target, left] = takeEnd(rest, false, rest.length > 1);
    if (target !== undefined && left.length === 0) return `${printListen(listen)} ${printTarget(target)}`;
  }
  return undefined;
}

function takeEnd(
  fields: readonly string[],
  zero: boolean,
  withHost: boolean,
): [End | undefined, readonly string[]] {
  const [first = '', second = ''] = fields;
  if (first.startsWith('/')) return [{ path: first }, fields.slice(1)];
  const port = readPort(withHost ? second : first, zero);
  if (port === undefined) return [undefined, fields];
  return withHost ? [{ host: first, port }, fields.slice(2)] : [{ host: undefined, port }, fields.slice(1)];
}

function readPort(text: string, zero: boolean): number | undefined {
  return zero && text === '0' ? 0 : parsePort(text);
}

function printListen(end: End): string {
  if ('path' in end) return end.path;
  return end.host === undefined ? String(end.port) : `[${end.host}]:${end.port}`;
}

function printTarget(end: End): string {
  return 'path' in end ? end.path : `[${end.host ?? ''}]:${end.port}`;
}

/** Fields between colons (or `/` before a port, as of old); brackets hold an address with colons. */
function splitFields(text: string): readonly string[] | undefined {
  const fields: string[] = [];
  let rest = text;
  for (;;) {
    const [whole, bracketed, plain] = /^(?:\[([^\]]*)\]|((?:\\.|[^:[\]])*))(?=:|$)/.exec(rest) ?? [];
    if (whole === undefined) return undefined;
    fields.push(bracketed ?? (plain ?? '').replaceAll(/\\(.)/g, '$1'));
    rest = rest.slice(whole.length);
    if (rest === '') return fields.length <= 4 ? fields : undefined;
    rest = rest.slice(1);
  }
}
