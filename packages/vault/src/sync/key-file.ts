import { FormatError } from '@orrery/bytes';
import { parsePublicKeyLine, recognisePrivateKey, type PublicKey } from '@orrery/keys';

/** Longest content that is looked at as a public key, in bytes. */
const MAX_PUBLIC_KEY_FILE = 128 * 1024;

/** PEM with nothing before, between and behind it: lines of base64 of one length, but for the last. */
const PEM =
  /^-----BEGIN ([A-Z0-9 ]+)-----\n(?:Proc-Type: 4,ENCRYPTED\nDEK-Info: [A-Z0-9-]+,[0-9A-Fa-f]+\n\n)?(?:[A-Za-z0-9+/]{60,80}\n)*[A-Za-z0-9+/]{1,80}={0,2}\n-----END \1-----\n*$/;

/** Whether a content is a key and nothing else, so that it does nothing even to a shell that reads it as a script. */
export function isKeyFile(bytes: Uint8Array): boolean {
  if (recognisePrivateKey(bytes) === undefined) return readPublicKey(bytes) !== undefined && isQuiet(bytes);
  const text = toText(bytes);
  return PEM.test(text.replaceAll('\r\n', '\n'));
}

/** The public key or certificate that a file holds; undefined for any other content. */
export function readPublicKey(bytes: Uint8Array): PublicKey | undefined {
  if (bytes.length > MAX_PUBLIC_KEY_FILE) return undefined;
  try {
    return parsePublicKeyLine(toText(bytes));
  } catch (cause) {
    if (cause instanceof FormatError) return undefined;
    throw cause;
  }
}

/** A comment without characters that a shell obeys. */
function isQuiet(bytes: Uint8Array): boolean {
  return /^[\p{L}\p{M}\p{N} \t._@:+,=/-]+\r?\n?$/u.test(toText(bytes));
}

function toText(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
