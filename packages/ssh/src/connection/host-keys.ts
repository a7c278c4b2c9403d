// A server tells its other host keys to who knows one of them (draft-miller-sshm-hostkey-update; OpenSSH's PROTOCOL, 2.5).
import { decode, encode, FormatError, Reader, string, struct, text, type Codec } from '@orrery/bytes';
import { verifySignature, type KeySigner } from '@orrery/keys';
import { protocolErrorOf } from '../ssh-error.ts';
import type { HostKey } from '../transport/exchange.ts';
import type { Connection } from './connection.ts';
import type { GlobalHandler } from './global-requests.ts';

const ANNOUNCE = 'hostkeys-00@openssh.com';
const PROVE = 'hostkeys-prove-00@openssh.com';

/** Host keys of one server. */
const MAX_KEYS = 64;
/** Of a key or a signature, in bytes. */
const MAX_LENGTH = 65_536;

const blob = string(MAX_LENGTH);
const proof = struct({ label: text(64), sessionId: string(64), key: blob });
const signatureHead = text(128);

/** Strings up to the end. */
const blobs: Codec<readonly Uint8Array[]> = {
  read: (reader) => {
    const found: Uint8Array[] = [];
    while (reader.remaining > 0) {
      if (found.length === MAX_KEYS) throw new FormatError(`Cannot read host keys: more than ${MAX_KEYS}`);
      found.push(blob.read(reader).slice());
    }
    return found;
  },
  write: (writer, values) => {
    for (const value of values) writer.string(value);
  },
};

/** Tells the client all keys of this server. */
export function announceHostKeys(connection: Connection, keys: readonly KeySigner[]): void {
  connection.globalNotice(
    ANNOUNCE,
    encode(
      blobs,
      keys.map(({ publicKey }) => publicKey),
    ),
  );
}

/** Proves that this server has the keys: answers to the client's requests, by type. */
export function hostKeyProver(
  keys: readonly KeySigner[],
  sessionId: Uint8Array,
): ReadonlyMap<string, GlobalHandler> {
  const known = new Map(keys.map((key) => [key.publicKey.toHex(), key]));
  return new Map([
    [
      PROVE,
      async (data) => {
        const signatures: Uint8Array[] = [];
        for (const key of decode(blobs, data)) {
          const signer = known.get(key.toHex());
          const [algorithm] = signer?.algorithms ?? [];
          if (signer === undefined || algorithm === undefined) return undefined;
          signatures.push(await signer.sign(encode(proof, { label: PROVE, sessionId, key }), algorithm));
        }
        return encode(blobs, signatures);
      },
    ],
  ]);
}

/**
 * Takes the keys that the server announces, once, and gives those that it proves to have.
 * @param connection Is asked for only when something is announced.
 */
export function hostKeyLearner(
  connection: () => Connection,
  onHostKeys: (keys: readonly HostKey[]) => void,
): ReadonlyMap<string, GlobalHandler> {
  let isDone = false;
  const learn = async (data: Uint8Array): Promise<void> => {
    const keys = decode(blobs, data);
    // It can be announced while the connection is still being made.
    await Promise.resolve();
    const { transport } = connection();
    const answer = await connection().globalRequest(PROVE, encode(blobs, keys));
    if (answer === undefined) return;
    const signatures = decode(blobs, answer);
    const sessionId = transport.sessionId ?? new Uint8Array();
    onHostKeys(keys.flatMap((key, index) => proven(key, signatures[index] ?? new Uint8Array(), sessionId)));
  };
  return new Map([
    [
      ANNOUNCE,
      (data) => {
        if (isDone) return undefined;
        isDone = true;
        // The connection goes on meanwhile: the server's proof comes by it.
        void learn(data.slice()).catch((error: unknown) => {
          connection().transport.fail(protocolErrorOf(error));
        });
        return undefined;
      },
    ],
  ]);
}

function proven(publicKey: Uint8Array, signature: Uint8Array, sessionId: Uint8Array): readonly HostKey[] {
  if (signature.length === 0) return [];
  const algorithm = signatureHead.read(new Reader(signature));
  const message = encode(proof, { label: PROVE, sessionId, key: publicKey });
  return verifySignature(publicKey, algorithm, message, signature) ? [{ algorithm, publicKey }] : [];
}
