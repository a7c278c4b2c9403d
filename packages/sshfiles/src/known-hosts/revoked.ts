import type { ByteString } from '../config/tokens.ts';
import type { HashTests } from './hash-tests.ts';
import { type Entry, type KnownHosts, type KnownHostsLine, identities } from './parse.ts';

/** The keys that any of the files revokes for any host. */
export function revokedKeys(...files: readonly KnownHosts[]): ReadonlySet<string> {
  return new Set(files.flatMap(({ lines }) => lines.filter(isRevoked).map(({ key }) => key)));
}

/**
 * The lines of `current` whose revocation `incoming` takes back, wholly or for some host. A revocation may be spread over
 * other lines or widened.
 */
export function lostRevocations(
  current: KnownHosts,
  incoming: KnownHosts,
  tests: HashTests,
): readonly KnownHostsLine[] {
  const left = Map.groupBy(incoming.lines.filter(isRevoked), ({ key }) => key);
  const arriving = identities(incoming);
  return current.lines.filter((line) => {
    if (isRevoked(line)) return !isCovered(line, left.get(line.key) ?? [], tests);
    // ssh may honour a revocation that is not understood here.
    const looksRevoked = line.kind === 'unreadable' && /^[ \t]*@revoked/.test(line.source);
    return looksRevoked && !arriving.has(line.identity);
  });
}

function isRevoked(line: KnownHostsLine): line is Entry {
  return line.kind === 'entry' && line.marker === '@revoked';
}

function isCovered({ hosts }: Entry, lines: readonly Entry[], tests: HashTests): boolean {
  if (hosts.kind === 'list') {
    return [...hosts.names, ...hosts.patterns].every((pattern) =>
      lines.some((line) => coversPattern(line, pattern, hosts.negated, tests)),
    );
  }
  return lines.some(({ hosts: other }) =>
    other.kind === 'hashed'
      ? other.text === hosts.text
      : other.negated.length === 0 &&
        (other.patterns.includes('*') || tests.firstName(hosts, other.names) !== undefined),
  );
}

/** Whether `line` revokes for all that `pattern` matches, apart from what was never revoked. */
function coversPattern(
  { hosts }: Entry,
  pattern: ByteString,
  exceptions: readonly ByteString[],
  tests: HashTests,
): boolean {
  if (hosts.kind === 'hashed') return tests.firstName(hosts, [pattern]) !== undefined;
  if (!hosts.negated.every((exception) => exceptions.includes(exception))) return false;
  return [...hosts.names, ...hosts.patterns].some((other) => other === pattern || other === '*');
}
