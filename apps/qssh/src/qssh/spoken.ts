import { type Preferences, defaultPreferences, supportedAlgorithms } from '@orrery/ssh';
import type { SpokenAlgorithms } from '../config/algorithm-lists.ts';

/** All that a connection can use. */
export const supported: Preferences = supportedAlgorithms;

/** What this program offers unless it is told otherwise, in its order of preference. */
export const spokenAlgorithms: SpokenAlgorithms = inGroups(defaultPreferences);

/** The same for all that it can be told to offer. */
export const everything: SpokenAlgorithms = inGroups(supportedAlgorithms);

function inGroups({ ciphers, macs, kex, hostKeys }: Preferences): SpokenAlgorithms {
  return { ciphers, macs, kex, keys: hostKeys, userKeys: supportedAlgorithms.hostKeys };
}
