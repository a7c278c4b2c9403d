// Node.js 26 has `createMac`; its types do not yet.
export {};

declare module 'node:crypto' {
  interface Mac {
    update(data: Uint8Array): this;
    final(): Buffer;
  }
  function createMac(algorithm: 'poly1305', key: Uint8Array): Mac;
}
