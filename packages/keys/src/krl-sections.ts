// Numbers of OpenSSH's PROTOCOL.krl.
import { concat, utf8 } from '@orrery/bytes';

/** The first bytes of every list. */
export const KRL_MAGIC = concat(utf8('SSHKRL\n'), Uint8Array.of(0));
export const KRL_FORMAT = 1;

export const section = {
  certificates: 1,
  explicitKey: 2,
  sha1: 3,
  signature: 4,
  sha256: 5,
  extension: 255,
} as const;

export const certificateSection = {
  serialList: 0x20,
  serialRange: 0x21,
  serialBitmap: 0x22,
  keyId: 0x23,
  extension: 0x39,
} as const;

/** Longest bitmap that OpenSSH reads, in bytes. */
export const MAX_BITMAP = 2048;
