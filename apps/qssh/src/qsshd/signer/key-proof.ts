import { equal, FormatError, Reader } from '@orrery/bytes';

const LABEL = 'hostkeys-prove-00@openssh.com';

/** Whether a message is the proof, in some session, that the server has this host key (OpenSSH's PROTOCOL, section 2.5). */
export function isKeyProof(message: Uint8Array, hostKey: Uint8Array): boolean {
  try {
    const reader = new Reader(message);
    const isLabelled = reader.text(LABEL.length) === LABEL;
    reader.string(64);
    const isOwn = equal(reader.string(65_536), hostKey);
    reader.end();
    return isLabelled && isOwn;
  } catch (error) {
    if (error instanceof FormatError) return false;
    throw error;
  }
}
