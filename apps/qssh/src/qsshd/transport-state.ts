// A connection on its way from one process to another, as bytes.
import type { TransportState } from '@orrery/ssh';

/** The bytes are as secret as the keys in them. */
export function encodeState(state: TransportState): Uint8Array {
  const text = JSON.stringify(state, (_, value: unknown) =>
    value instanceof Uint8Array ? { base64: Uint8Array.from(value).toBase64() } : value,
  );
  return new TextEncoder().encode(text);
}

/** What `encodeState` made. The two ends of the connection are all that a wrong one could harm. */
export function decodeState(bytes: Uint8Array): TransportState {
  const value: unknown = JSON.parse(new TextDecoder().decode(bytes), (_, item: unknown) =>
    isBase64(item) ? Uint8Array.fromBase64(item.base64) : item,
  );
  if (!isState(value)) throw new TypeError('Cannot take over a connection: its state is none');
  return value;
}

function isBase64(value: unknown): value is { readonly base64: string } {
  return typeof value === 'object' && value !== null && 'base64' in value && typeof value.base64 === 'string';
}

function isState(value: unknown): value is TransportState {
  return typeof value === 'object' && value !== null && 'sessionId' in value && 'unread' in value;
}
