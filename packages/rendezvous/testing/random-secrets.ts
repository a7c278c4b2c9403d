import { randomBytes } from '@orrery/crypto';
import type { RoomSecrets } from '../src/secrets.ts';
import { perSlot } from '../src/slots.ts';

/** Secrets of a room of no phrase, without the cost of deriving them. */
export function randomSecrets(): RoomSecrets {
  return { id: randomBytes(32), key: randomBytes(32), tokens: perSlot(() => randomBytes(32)) };
}
