import { FormatError } from '@orrery/bytes';
import { wipe } from '@orrery/crypto';
import {
  type PublicKey,
  PrivateKeyError,
  parsePrivateKey,
  parsePublicKeyBlob,
  parsePublicKeyLine,
  recognisePrivateKey,
} from '@orrery/keys';
import { readTextIfThere } from './read-file.ts';

/** A key in a line, such as those of `.pub` files; undefined if there is none. */
export function keyInLine(line: string): PublicKey | undefined {
  try {
    return parsePublicKeyLine(line);
  } catch (cause) {
    if (cause instanceof FormatError) return undefined;
    throw cause;
  }
}

/** The public key in a file: in its first line that is one, in a private key, or in the `.pub` file beside it. */
export function publicKeyIn(path: string, bytes: Uint8Array): PublicKey | undefined {
  if (recognisePrivateKey(bytes) !== undefined) return ofPrivateKey(path, bytes);
  return firstKey(new TextDecoder().decode(bytes));
}

/** The comment that is in the private key counts where the public one has none. */
function ofPrivateKey(path: string, bytes: Uint8Array): PublicKey | undefined {
  const inside = insideOf(bytes);
  const beside = firstKey(readTextIfThere(`${path}.pub`) ?? '');
  if (beside === undefined) return inside ?? recognisePrivateKey(bytes)?.publicKey;
  return { ...(inside?.comment !== undefined && { comment: inside.comment }), ...beside };
}

function insideOf(bytes: Uint8Array): PublicKey | undefined {
  try {
    const { publicKey, comment, secret } = parsePrivateKey(bytes);
    wipe(secret);
    return { ...parsePublicKeyBlob(publicKey), ...(comment !== '' && { comment }) };
  } catch (cause) {
    if (cause instanceof PrivateKeyError) return undefined;
    throw cause;
  }
}

function firstKey(text: string): PublicKey | undefined {
  return text
    .split('\n')
    .filter((line) => !/^\s*(?:#|$)/.test(line))
    .map(keyInLine)
    .find((key) => key !== undefined);
}
