import {
  slh_dsa_sha2_128f,
  slh_dsa_sha2_128s,
  slh_dsa_sha2_256f,
  slh_dsa_sha2_256s,
  slh_dsa_shake_128f,
  slh_dsa_shake_128s,
  slh_dsa_shake_256f,
  slh_dsa_shake_256s,
} from '@noble/post-quantum/slh-dsa.js';

import type { Native } from './native.ts';

const algorithms = {
  'sha2-128s': slh_dsa_sha2_128s,
  'sha2-128f': slh_dsa_sha2_128f,
  'sha2-256s': slh_dsa_sha2_256s,
  'sha2-256f': slh_dsa_sha2_256f,
  'shake-128s': slh_dsa_shake_128s,
  'shake-128f': slh_dsa_shake_128f,
  'shake-256s': slh_dsa_shake_256s,
  'shake-256f': slh_dsa_shake_256f,
};

/** noble has no thread of its own for it: a page that must not stop signs in a worker. */
export const slhDsa: Native['slhDsa'] = (set, context) => {
  const algorithm = algorithms[set];
  return {
    generateSecretKey: () => algorithm.keygen().secretKey,
    importSecretKey: (secretKey) => {
      const key = secretKey.slice();
      return {
        publicKey: algorithm.getPublicKey(key),
        sign: async (message) => algorithm.sign(message, key, { context }),
      };
    },
    importPublicKey: (publicKey) => {
      const key = publicKey.slice();
      return (message, signature) => algorithm.verify(signature, message, key, { context });
    },
  };
};
