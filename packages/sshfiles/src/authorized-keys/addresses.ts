// Lists of addresses and names, as `from=` and `Match address` have them (OpenSSH's addrmatch.c and match.c).
import {
  type ListMatch,
  isInNetwork,
  matchPatternList,
  matchesPattern,
  parseAddress,
  parseNetwork,
} from '@orrery/keys';

/**
 * Compares an address with a list: networks as `192.0.2.0/24`, addresses, patterns with `*` and `?`, each perhaps
 * behind `!`.
 * @param address Without it, the list is only checked.
 */
export function matchAddressList(address: string | undefined, list: string): ListMatch {
  const own = address === undefined ? undefined : parseAddress(address);
  if (address !== undefined && own === undefined) return 'none';
  let result: ListMatch = 'none';
  for (const item of list.split(',')) {
    const isNegated = item.startsWith('!');
    const pattern = isNegated ? item.slice(1) : item;
    if (pattern === '') return 'invalid';
    const network = parseNetwork(pattern);
    if (network === 'invalid') return 'invalid';
    if (own === undefined || address === undefined) continue;
    const matches = network === undefined ? matchesPattern(address, pattern) : isInNetwork(own, network);
    if (matches && isNegated) return 'negated';
    if (matches) result = 'match';
  }
  return result;
}

/**
 * Whether a list of addresses and host names, such as that of `from=`, lets a host in; `invalid` if it is malformed.
 * @param host The host's name, or its address where names are not asked for.
 */
export function allowsHost(host: string, address: string, list: string): boolean | 'invalid' {
  const byAddress = matchAddressList(address, list);
  if (byAddress === 'invalid') return 'invalid';
  if (byAddress === 'negated') return false;
  const byName = matchPatternList(host, list, true);
  if (byName === 'negated') return false;
  return byName === 'match' || byAddress === 'match';
}
