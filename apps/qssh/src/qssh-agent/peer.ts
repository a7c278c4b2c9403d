// Who is at the other end of a socket, which Node.js does not tell, by way of libc on Linux.

/** socket(7) and unix(7), the same numbers on x86-64 and arm64. */
const SOL_SOCKET = 1;
const SO_PEERCRED = 17;
/** struct ucred: pid, uid, gid. */
const CREDENTIALS_LENGTH = 12;
const UID_OFFSET = 4;

/** prctl(2). */
const PR_SET_DUMPABLE = 4;

export interface PeerCalls {
  /** The user at the other end of a Unix socket; undefined if the system does not tell. */
  readonly uidAt: (descriptor: number) => number | undefined;
  /** Lets no other process of the user read the memory, and writes none of it to disk. */
  readonly hideMemory: () => void;
}

/** Undefined on other systems, and without node:ffi. */
export async function loadPeerCalls(): Promise<PeerCalls | undefined> {
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) return undefined;
  try {
    const { dlopen, getRawPointer } = await import('node:ffi');
    const { functions: libc } = dlopen(null, {
      getsockopt: { arguments: ['int32', 'int32', 'int32', 'pointer', 'pointer'], return: 'int32' },
      prctl: { arguments: ['int32', 'uint64', 'uint64', 'uint64', 'uint64'], return: 'int32' },
    });
    const [credentials, length] = [Buffer.alloc(CREDENTIALS_LENGTH), Buffer.alloc(4)];
    const [credentialsAt, lengthAt] = [getRawPointer(credentials), getRawPointer(length)];
    return {
      uidAt: (descriptor) => {
        length.writeUInt32LE(CREDENTIALS_LENGTH);
        const result = libc.getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, credentialsAt, lengthAt);
        const isTold = result === 0 && length.readUInt32LE() === CREDENTIALS_LENGTH;
        return isTold ? credentials.readUInt32LE(UID_OFFSET) : undefined;
      },
      hideMemory: () => void libc.prctl(PR_SET_DUMPABLE, 0n, 0n, 0n, 0n),
    };
  } catch {
    return undefined;
  }
}

/**
 * Whether the other end of a connection is of the user of this process, or root, who may do anything anyhow. Where the system
 * does not tell, the mode of the socket is what there is.
 */
export function isOwnPeer(calls: PeerCalls | undefined, connection: object): boolean {
  if (calls === undefined) return true;
  const uid = uidOf(calls, connection);
  return uid === 0 || (uid !== undefined && uid === process.getuid?.());
}

/** Undefined if it cannot be told. */
function uidOf({ uidAt }: PeerCalls, connection: object): number | undefined {
  const handle: unknown = '_handle' in connection ? connection._handle : undefined;
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined;
  return typeof handle.fd === 'number' ? uidAt(handle.fd) : undefined;
}
