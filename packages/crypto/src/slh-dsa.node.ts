import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';

import type { Native } from './native.ts';

export const slhDsa: Native['slhDsa'] = (set, context) => {
  const asymmetricKeyType = `slh-dsa-${set}` as const;
  return {
    generateSecretKey: () => {
      const { privateKey } = generateKeyPairSync(asymmetricKeyType);
      return new Uint8Array(privateKey.export({ format: 'raw-private' }));
    },
    importSecretKey: (secretKey) => {
      const key = createPrivateKey({ key: secretKey, format: 'raw-private', asymmetricKeyType });
      return {
        publicKey: new Uint8Array(createPublicKey(key).export({ format: 'raw-public' })),
        // With a callback, it is another thread that signs.
        sign: (message) =>
          new Promise((resolve, reject) => {
            sign(null, message, { key, context }, (error, signature) => {
              if (error) reject(error);
              else resolve(new Uint8Array(signature));
            });
          }),
      };
    },
    importPublicKey: (publicKey) => {
      const key = createPublicKey({ key: publicKey, format: 'raw-public', asymmetricKeyType });
      return (message, signature) => verify(null, message, { key, context }, signature);
    },
  };
};
