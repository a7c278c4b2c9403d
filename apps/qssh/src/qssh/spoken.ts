import { type Preferences, defaultPreferences, supportedAlgorithms } from '@orrery/ssh';
import type { SpokenAlgorithms } from '../config/algorithm-lists.ts';

/** All that a connection can use. */
export const supported: Preferences = supportedAlgorithms;

/** What this program offers unless it is told otherwise, in its order of preference. */
export const spokenAlgorithms: SpokenAlgorithms = {
  ciphers: defaultPreferences.ciphers,
  macs: defaultPreferences.macs,
  kex: defaultPreferences.kex,
  keys: defaultPreferences.hostKeys,
};
