// The Open Quantum Safe project's library, as WebAssembly.
import type * as Liboqs from '@oqs/liboqs-js/sig';

/** What makes and checks signatures of one kind. Its arrays are its caller's. */
export interface LiboqsSignatures {
  generateKeyPair(): { readonly secretKey: Uint8Array; readonly publicKey: Uint8Array };
  sign(message: Uint8Array, secretKey: Uint8Array): Uint8Array;
  verify(message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean;
}

/** Undefined where the library is not installed. */
export async function loadLiboqs(): Promise<typeof Liboqs | undefined> {
  try {
    return await import('@oqs/liboqs-js/sig');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw cause;
  }
}
