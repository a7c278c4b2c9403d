import { type Codec, literal, raw, struct } from '@orrery/bytes';
import { sha256, wipe } from '@orrery/crypto';
import { Label } from './labels.ts';
import { ROOM_ID_LENGTH, type RoomTokens } from './relay.ts';
import { type PerSlot, ROLES, ofSlot, perSlot, perSlotCodec } from './slots.ts';

/** Bytes of the room key. */
export const ROOM_KEY_LENGTH = 32;

/** What follows from a phrase. The relay learns the id and, with each message, one token; never the key. */
export interface RoomSecrets {
  /** 32 bytes: the name of the room at the relay. */
  readonly id: Uint8Array;
  /** 32 bytes: the AES-256-GCM key of all messages. */
  readonly key: Uint8Array;
  /** 32 bytes for each role and slot: who shows them to the relay may fill the slot. */
  readonly tokens: PerSlot;
}

const label = literal(Label.secrets);
const fields = struct({ id: raw(ROOM_ID_LENGTH), key: raw(ROOM_KEY_LENGTH), tokens: perSlotCodec });

/**
 * The secrets as bytes, so that an interrupted newcomer can go on. They are as secret as the phrase: the caller keeps
 * them where nobody else can read. The arrays read are views into the bytes.
 */
export const roomSecretsCodec: Codec<RoomSecrets> = {
  read: (reader) => {
    label.read(reader);
    return fields.read(reader);
  },
  write: (writer, secrets) => {
    label.write(writer, Label.secrets);
    fields.write(writer, secrets);
  },
};

/** What the newcomer tells the relay, so that it can check who writes. */
export function roomTokens(secrets: RoomSecrets): RoomTokens {
  return perSlot((role, slot) => sha256(ofSlot(secrets.tokens, role, slot)));
}

/** A copy that does not change when the original is wiped. */
export function copySecrets(secrets: RoomSecrets): RoomSecrets {
  return {
    id: secrets.id.slice(),
    key: secrets.key.slice(),
    tokens: perSlot((role, slot) => ofSlot(secrets.tokens, role, slot).slice()),
  };
}

/** Overwrites the secrets, when the room is no longer needed. */
export function wipeSecrets(secrets: RoomSecrets): void {
  wipe(secrets.id, secrets.key, ...ROLES.flatMap((role) => secrets.tokens[role]));
}
