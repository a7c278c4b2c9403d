import { defaultPreferences } from '@orrery/ssh';
import type { SpokenAlgorithms } from '../config/algorithm-lists.ts';

/** What this program speaks, in its order of preference. */
export const spokenAlgorithms: SpokenAlgorithms = {
  ciphers: defaultPreferences.ciphers,
  macs: defaultPreferences.macs,
  kex: defaultPreferences.kex,
  keys: defaultPreferences.hostKeys,
};
