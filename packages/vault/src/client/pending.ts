import { decode, encode, literal, nested, string, struct, text, variant, type Value } from '@orrery/bytes';
import { roomSecretsCodec } from '@orrery/rendezvous';
import { recordCodec } from '../ledger/entry.ts';
import { MAX_ENTRY_BYTES } from '../limits.ts';
import { readOwn } from './damaged.ts';
import type { Home } from './home.ts';

const identity = { server: text(2048), username: text(64), machine: text(64) };

const pendingCodec = struct({
  label: literal('orrery/vault/1/pending-file'),
  setup: variant('kind', {
    /** A new account whose genesis the server may or may not have. */
    found: struct({ ...identity, genesis: nested(recordCodec, MAX_ENTRY_BYTES) }),
    /** A newcomer waiting in a room. */
    join: struct({ ...identity, room: nested(roomSecretsCodec, 1024), hello: string(16_384) }),
  }),
});

/** A setup that was begun and not ended: enough to end it. Its device keys lie beside it. */
export type Pending = Value<typeof pendingCodec>['setup'];

/** @throws {DamagedStateError} */
export function readPending(home: Home): Pending | undefined {
  const bytes = home.read('pending');
  return bytes === undefined
    ? undefined
    : readOwn(home.file('pending'), () => decode(pendingCodec, bytes).setup);
}

export function writePending(home: Home, setup: Pending): void {
  home.write('pending', encode(pendingCodec, { label: 'orrery/vault/1/pending-file', setup }));
}
