// What this side takes from the other, and what it offers by limits@openssh.com.

/** Bytes of one packet without its length. OpenSSH takes the same. */
export const MAX_PACKET = 256 * 1024;

/** Bytes of file data in one packet: what is left beside its other fields. */
export const MAX_DATA = MAX_PACKET - 1024;

/** Bytes that every server reads or writes at once (draft-ietf-secsh-filexfer-02, section 3: packets of 34000). */
export const SAFE_DATA = 32 * 1024;

/** Bytes of a handle (draft-ietf-secsh-filexfer-02, section 6.2). */
export const MAX_HANDLE = 256;

/** Bytes of a path or name. A file system may take less. */
export const MAX_PATH = 65_536;

/** Bytes of a name in one folder, and of its line as `ls -l` shows it. */
export const MAX_ENTRY_NAME = 65_536;

/** Bytes of the words in a status, and of the name of an extension. */
export const MAX_TEXT = 4096;

/** Names in one reply. */
export const MAX_NAMES = 8192;

/** Extensions that a server tells of, and extended attributes of a file. */
export const MAX_EXTENSIONS = 256;

/** Files and folders that one client may have open. */
export const MAX_HANDLES = 1000;

/** Names in one answer to READDIR. */
export const NAMES_PER_REPLY = 100;

/** Bytes of names after which an answer to READDIR is full. */
export const NAME_BYTES_PER_REPLY = 64 * 1024;

/** Requests that a client leaves without an answer at one time. */
export const MAX_OUTSTANDING = 64;
