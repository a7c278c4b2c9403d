// RFC 8308: what each side tells of itself once there are keys.
import { encode, nameList, utf8, type Value } from '@orrery/bytes';
import { signatureNameOf } from '@orrery/keys';
import type { KeyExchangeRole } from './exchange-role.ts';
import { decodeMessage, encodeMessage, extInfo } from './messages.ts';

/** Names of extensions (RFC 8308, section 3; OpenSSH's PROTOCOL, sections 1.7, 1.8 and 1.9). */
export const Extension = {
  signatureAlgorithms: 'server-sig-algs',
  hostBound: 'publickey-hostbound@openssh.com',
  ping: 'ping@openssh.com',
  /** The client takes a second EXT_INFO during authentication. */
  infoInAuthentication: 'ext-info-in-auth@openssh.com',
} as const;

export type Extensions = ReadonlyMap<string, Uint8Array>;

/** Extensions of one peer, however often it tells of some. */
const MAX_EXTENSIONS = 16;

const MAX_NAMES = 8192;

/** What this side is able to do. */
export function ownExtensions(role: KeyExchangeRole): Extensions {
  const version = utf8('0');
  if (role.isClient) return new Map([[Extension.infoInAuthentication, version]]);
  const names = role.signatureAlgorithms;
  return new Map([
    ...(names === undefined ? [] : signatureExtension(names)),
    [Extension.hostBound, version],
    [Extension.ping, version],
  ]);
}

/** Which signatures of users' keys are taken. As in OpenSSH, those of keys in certificates are named like others. */
export function signatureExtension(names: readonly string[]): Extensions {
  const signatures = [...new Set(names.map(signatureNameOf))];
  return new Map([[Extension.signatureAlgorithms, encode(nameList(MAX_NAMES), signatures).subarray(4)]]);
}

/** The payload that tells of them. */
export function encodeExtensions(extensions: Extensions): Uint8Array {
  return encodeMessage(extInfo, {
    extensions: Array.from(extensions, ([name, value]) => ({ name, value })),
  });
}

/** What is known after one more EXT_INFO. @throws {FormatError} */
export function learnExtensions(known: Extensions, payload: Uint8Array): Extensions {
  const { extensions }: Value<typeof extInfo.codec> = decodeMessage(extInfo, payload);
  const learnt = extensions.map(({ name, value }) => [name, value.slice()] as const);
  return new Map([...known, ...learnt].slice(0, MAX_EXTENSIONS));
}
