import { fromByteString } from '../config/tokens.ts';
import { identities, parseKnownHosts } from './parse.ts';

/**
 * The lines of `current` whose hosts, key or marker are not in `incoming`, each with a line end. Keep them, and give all
 * that were kept to the next `reviewKnownHosts` as `former`; `mergeKnownHosts(undefined, former, removed)` joins two of
 * them without duplicates.
 */
export function removedKnownHosts(
  current: Uint8Array | undefined,
  incoming: Uint8Array | undefined,
): Uint8Array {
  const left = identities(parseKnownHosts(incoming));
  const { lines } = parseKnownHosts(current);
  const gone = lines
    .filter(({ kind }) => kind === 'entry' || kind === 'unreadable')
    .filter((line) => !left.has(line.identity));
  return fromByteString(gone.map(({ source }) => (source.endsWith('\n') ? source : `${source}\n`)).join(''));
}
