// A connection between two processes: all that is needed to go on, as plain data.
import type { ExchangeState } from './key-exchange.ts';
import type { CipherKeys } from './packet-cipher.ts';

/** One direction: its keys, the IV of its next packet, and that packet's number. */
export interface DirectionState extends CipherKeys {
  readonly sequence: number;
  /** Under these keys. */
  readonly packets: number;
  readonly bytes: number;
}

/** What `Transport.exportState` gives; it can be cloned (structuredClone, process.send with advanced serialization). Secret. */
export interface TransportState extends ExchangeState {
  readonly outgoing: DirectionState;
  readonly incoming: DirectionState;
  readonly extensions: readonly (readonly [name: string, value: Uint8Array])[];
  readonly authenticated: boolean;
  /** What was received and not yet read, as it came. */
  readonly unread: Uint8Array;
}
