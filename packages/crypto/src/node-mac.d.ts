// Node.js 26 has `createMac`; its types do not yet.
export type MacAlgorithm = 'poly1305';

declare module 'node:crypto' {
  interface Mac {
    update(data: Uint8Array): this;
    final(): Buffer;
  }
  function createMac(algorithm: MacAlgorithm, key: Uint8Array): Mac;
}
