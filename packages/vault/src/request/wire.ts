import { boolean, fixed, list, optional, raw, string, struct, uint64, type Value } from '@orrery/bytes';
import { headCodec, OBJECT_ID_LENGTH, recordCodec } from '../ledger/entry.ts';
import { MAX_APPEND_RECORDS, MAX_DEVICES, MAX_IDS, MAX_OBJECT_BYTES, MAX_PAGE_RECORDS } from '../limits.ts';

/** The media type of every body that is not an error; errors are JSON. */
export const BODY_TYPE = 'application/octet-stream';

/** `GET /v1/ledger?after=N`: the newest place, and records from N + 1 on as far as fits. */
export const ledgerPageCodec = struct({ head: headCodec, records: list(recordCodec, MAX_PAGE_RECORDS) });
export type LedgerPage = Value<typeof ledgerPageCodec>;

/** `POST /v1/ledger`: records to append, in order, all or none. */
export const appendCodec = list(recordCodec, MAX_APPEND_RECORDS);

const objectCodec = struct({ id: raw(OBJECT_ID_LENGTH), bytes: string(MAX_OBJECT_BYTES) });

/** `POST /v1/objects`: sealed objects to keep until a commit names them. */
export const objectsCodec = list(objectCodec, MAX_IDS);

/** `POST /v1/objects/read`: the ids that are wanted. */
export const wantedCodec = list(raw(OBJECT_ID_LENGTH), MAX_IDS);

/**
 * Its answer, in the order asked: each object, or nothing where the server has none.
 * Shorter than the question when not all fits; the client asks again for the rest.
 */
export const foundCodec = list(
  struct({ id: raw(OBJECT_ID_LENGTH), bytes: optional(string(MAX_OBJECT_BYTES)) }),
  MAX_IDS,
);

/** `GET /v1/devices`: when the server last saw each device, Unix seconds. The server's word only. */
export const seenCodec = list(struct({ device: fixed(32), seen: optional(uint64) }), MAX_DEVICES);

/** The answer to an append: where the ledger stands now, and whether these records stand in it. */
export const appendedCodec = struct({ head: headCodec, accepted: boolean });
