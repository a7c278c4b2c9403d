export { deriveRoom } from './derive.ts';
export { MemoryRelay } from './memory-relay.ts';
export { MAX_ROOM_PLAINTEXT } from './message.ts';
export { MAX_PHRASE_TEXT, PHRASE_WORDS, PhraseError, makePhrase, parsePhrase } from './phrase.ts';
export {
  type RoomState,
  type RoomWrite,
  checkRoomOpen,
  checkRoomRead,
  checkRoomWrite,
} from './relay-rules.ts';
export {
  MAX_ROOM_MESSAGE,
  ROOM_ID_LENGTH,
  ROOM_LIFETIME_SECONDS,
  type Relay,
  type RoomTokens,
  roomTokensCodec,
} from './relay.ts';
export { RoomError } from './room-error.ts';
export { Room, openRoom } from './room.ts';
export { type RoomSecrets, roomSecretsCodec, roomTokens, wipeSecrets } from './secrets.ts';
export { ROLES, type Role, SLOTS_PER_ROLE, WRITE_TOKEN_LENGTH } from './slots.ts';
