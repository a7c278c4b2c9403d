// What each side brings to its key exchanges.
import type { Preferences } from './algorithms.ts';
import type { CheckHostKey, HostKeySigner } from './exchange.ts';
import type { RekeyLimits } from './key-lifetime.ts';

interface Role {
  /** This side's identification, without line end. */
  readonly line: string;
  readonly preferences: Preferences;
  readonly rekey: RekeyLimits;
  /** How long the other side may take for its part of a key exchange; absent: 120, 0: for ever. */
  readonly exchangeSeconds?: number;
}

export interface ClientRole extends Role {
  readonly isClient: true;
  readonly checkHostKey: CheckHostKey;
  /** Begins the preferred exchange before the server's offer is known: a round trip less if the server prefers it, too. */
  readonly guess?: boolean;
}

export interface ServerRole extends Role {
  readonly isClient: false;
  /** By the name of the algorithm. */
  readonly hostKeys: ReadonlyMap<string, HostKeySigner>;
  /** Signatures that users' keys may make, told to the client (RFC 8308, section 3.1); absent: nothing is told. */
  readonly signatureAlgorithms?: readonly string[];
}

export type KeyExchangeRole = ClientRole | ServerRole;
