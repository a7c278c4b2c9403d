/**
 * The size of everything that comes from outside. A server may set lower
 * limits; a client refuses what exceeds these before it allocates.
 */

/** Bytes of one file of the synced folder. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Bytes of all files of the synced folder: what one command may have to hold, and one snapshot to keep. */
export const MAX_FOLDER_BYTES = 64 * 1024 * 1024;

/** Bytes of a file that is looked at as a possible private key. The largest RSA key has 13,000. */
export const MAX_KEY_FILE_BYTES = 64 * 1024;

/** Bytes of one sealed object: the largest padded file (Padmé adds at most 12 %) and its overhead. */
export const MAX_OBJECT_BYTES = 4.75 * 1024 * 1024;

/** Files in one manifest. */
export const MAX_FILES = 10_000;

/** Bytes of one ledger entry without its signatures. */
export const MAX_ENTRY_BYTES = 2 * 1024 * 1024;

/** Object ids that one entry adds or drops. */
export const MAX_IDS = 65_536;

/** Objects that an account keeps, below MAX_IDS: one entry names them all after a rotation, and some more each time. */
export const MAX_KEPT_OBJECTS = 60_000;

/** Devices admitted at the same time. */
export const MAX_DEVICES = 100;

/** Devices ever admitted: the removed ones stay known, so that none comes back. */
export const MAX_DEVICES_EVER = 4_096;

/** Unix seconds of an entry: the end of the year 9999, the last that every program can show. */
export const MAX_TIME = 253_402_300_799n;

/** Entries in one page of the ledger. */
export const MAX_PAGE_RECORDS = 1_000;

/** Entries in one append: the server verifies all their signatures. */
export const MAX_APPEND_RECORDS = 20;

/** Bytes of one request or answer body. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** Bytes of a username and of a machine name in UTF-8. */
export const MAX_NAME_BYTES = 64;

/** Bytes of a request token. An ML-DSA-65 token has about 5,000. */
export const MAX_TOKEN_BYTES = 8_192;
