// Commands and variables as they came: text, or bytes where they are none.

/** Bytes only if they are not UTF-8. */
export type ByteText = string | Uint8Array;

export type Environment = Readonly<Record<string, ByteText>>;

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function byteText(bytes: Uint8Array): ByteText {
  try {
    return strict.decode(bytes);
  } catch {
    return bytes.slice();
  }
}

/** Whether all of it is text. */
export function isText(environment: Environment): environment is Readonly<Record<string, string>> {
  return Object.values(environment).every((value) => typeof value === 'string');
}

export function areText(parts: readonly ByteText[]): parts is readonly string[] {
  return parts.every((part) => typeof part === 'string');
}

/** Without the variables that are none. */
export function textOf(environment: Environment): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value]] : [],
    ),
  );
}

/** Each as NAME=value. */
export function variablesOf(environment: Environment): Uint8Array[] {
  return Object.entries(environment).map(([name, value]) =>
    Buffer.concat([Buffer.from(`${name}=`), Buffer.from(value)]),
  );
}
