// Keys, sessions and messages for tests of agents.
import { concat, utf8, Writer } from '@orrery/bytes';
import { type KeySigner, type PrivateKey, keySigner, rawPrivateKey } from '@orrery/keys';
import type { Destination, HopKey } from '../src/agent/constraints.ts';
import type { KeyStore } from '../src/agent/key-store.ts';
import type { SessionBinding } from '../src/agent/messages.ts';

export function seed(number: number): Uint8Array {
  return new Uint8Array(32).fill(number);
}

/** Key number so-and-so. */
export function testKey(number: number, comment = `key ${number}`): PrivateKey {
  return rawPrivateKey('ssh-ed25519', seed(number), comment);
}

/** A host by the number of its key. */
export function host(number: number): KeySigner {
  return keySigner('ssh-ed25519', seed(number));
}

export function sessionId(number: number): Uint8Array {
  return new Uint8Array(32).fill(number);
}

export async function binding(
  hostNumber: number,
  sessionNumber: number,
  isForwarding: boolean,
): Promise<SessionBinding> {
  const signer = host(hostNumber);
  const id = sessionId(sessionNumber);
  const signature = await signer.sign(id, 'ssh-ed25519');
  return { hostKey: signer.publicKey, sessionId: id, signature, isForwarding };
}

/** From host to host by the numbers of their keys; 0 is here. */
export function way(from: number, to: number, user = ''): Destination {
  const keys = (number: number): readonly HopKey[] =>
    number === 0 ? [] : [{ publicKey: host(number).publicKey, isAuthority: false }];
  const name = (number: number): string => (number === 0 ? '' : `host${number}`);
  return {
    from: { user: '', host: name(from), keys: keys(from) },
    to: { user, host: name(to), keys: keys(to) },
  };
}

/** What a login signs, bound to a host key if there is one. */
export function loginData(options: {
  readonly sessionNumber: number;
  readonly user: string;
  readonly publicKey: Uint8Array;
  readonly hostKey?: Uint8Array;
}): Uint8Array {
  const { sessionNumber, user, publicKey, hostKey } = options;
  const writer = new Writer().string(sessionId(sessionNumber)).byte(50).text(user).text('ssh-connection');
  writer.text(hostKey === undefined ? 'publickey' : 'publickey-hostbound-v00@openssh.com');
  writer.boolean(true).text('ssh-ed25519').string(publicKey);
  return hostKey === undefined ? writer.finish() : writer.string(hostKey).finish();
}

/** What `ssh-keygen -Y sign` has signed: PROTOCOL.sshsig, section 3. */
export function fileSignatureData(): Uint8Array {
  const fields = new Writer().text('file').text('').text('sha512').string(new Uint8Array(64));
  return concat(utf8('SSHSIG'), fields.finish());
}

export const never = (): Promise<boolean> => Promise.reject(new Error('Nobody is to be asked'));

/** The comments of all keys. */
export function commentsIn(store: KeyStore): readonly string[] {
  return store.list().map(({ comment }) => comment);
}
