// Certificates of hosts on the way to where a key is used (OpenSSH's PROTOCOL.certkeys).
import { FormatError, Reader, equal, string, struct, text, uint32, uint64 } from '@orrery/bytes';
import { parsePublicKeyBlob, verifySignature } from '@orrery/keys';
import { MAX_BLOB } from './messages.ts';

const HOST = 2;
const MAX_FIELD = 32_768;

const fields = struct({
  serial: uint64,
  kind: uint32,
  keyId: string(MAX_FIELD),
  principals: string(MAX_FIELD),
  validAfter: uint64,
  validBefore: uint64,
  criticalOptions: string(MAX_FIELD),
  extensions: string(MAX_FIELD),
  reserved: string(MAX_FIELD),
  authority: string(MAX_BLOB),
});

/** Whether a key is a host's certificate by this authority that names the host and is valid now. */
export function isCertifiedHost(hostKey: Uint8Array, authority: Uint8Array, host: string): boolean {
  try {
    return certifies(hostKey, authority, host);
  } catch (cause) {
    if (cause instanceof FormatError) return false;
    throw cause;
  }
}

function certifies(hostKey: Uint8Array, authority: Uint8Array, host: string): boolean {
  const { certifiedKey } = parsePublicKeyBlob(hostKey);
  if (certifiedKey === undefined) return false;
  const reader = new Reader(hostKey);
  reader.string(MAX_FIELD); // type
  reader.string(MAX_FIELD); // nonce
  reader.bytes(certifiedKey.length - 4 - parsePublicKeyBlob(certifiedKey).type.length);
  const certificate = fields.read(reader);
  const signed = hostKey.subarray(0, reader.offset);
  const signature = reader.string(MAX_BLOB);
  const now = BigInt(Math.floor(Date.now() / 1000));
  return (
    certificate.kind === HOST &&
    equal(certificate.authority, authority) &&
    // No critical option is defined for hosts, and none may be passed over.
    certificate.criticalOptions.length === 0 &&
    certificate.validAfter <= now &&
    now < certificate.validBefore &&
    principalsOf(certificate.principals).includes(host) &&
    verifySignature(authority, new Reader(signature).text(64), signed, signature)
  );
}

function principalsOf(bytes: Uint8Array): readonly string[] {
  const reader = new Reader(bytes);
  const names: string[] = [];
  while (reader.remaining > 0) names.push(text(MAX_FIELD).read(reader));
  return names;
}
