export { type ListMatch, matchPatternList, matchesPattern } from '@orrery/keys';
export { allowsHost, matchAddressList } from './authorized-keys/addresses.ts';
export {
  authorizedKeysOf,
  maxAuthorizedKeysBytes,
  parseAuthorizedKeys,
  printAuthorizedKeys,
  type AuthorizedKey,
  type AuthorizedKeys,
} from './authorized-keys/parse.ts';
export { findPrincipal, type AuthorizedPrincipal } from './authorized-keys/principals.ts';
export {
  narrowed,
  noRestrictions,
  refusalReason,
  type KeyRestrictions,
  type LoginPlace,
} from './authorized-keys/restrictions.ts';
export { type MergedConfig, mergeConfig } from './config/merge.ts';
export {
  type ConfigBlock,
  type ConfigLine,
  type Directive,
  type PlainLine,
  type SshConfig,
  maxConfigBytes,
  parseConfig,
} from './config/parse.ts';
export { type FolderPlace, type Place } from './config/place.ts';
export { type PortableConfig, fromPortable, toPortable } from './config/portable.ts';
export { printConfig } from './config/print.ts';
export { type ConfigReferences, type PathLinks, configReferences } from './config/references.ts';
export { reviewConfig } from './config/review.ts';
export { FamiliarHosts } from './familiar-hosts.ts';
export { type Conflict, type ReviewItem } from './review.ts';
export { mergeKnownHosts } from './known-hosts/merge.ts';
export { hashHostName, isEntryFor } from './known-hosts/lookup.ts';
export {
  type Entry as KnownHostsEntry,
  type KnownHosts,
  type KnownHostsLine,
  parseKnownHosts,
  printKnownHosts,
} from './known-hosts/parse.ts';
export { removedKnownHosts } from './known-hosts/removed.ts';
export { reviewForgotten } from './known-hosts/forgotten.ts';
export { type OtherKnownHosts, reviewKnownHosts } from './known-hosts/review.ts';
