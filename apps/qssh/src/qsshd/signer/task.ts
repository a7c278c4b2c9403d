// What the signer is told by the listener, which alone can start it and send it messages.

/** Its files, as an argument of the process in JSON. */
export interface SignerFiles {
  readonly hostKeys: readonly string[];
  readonly hostCertificates: readonly string[];
  /** An agent signs for keys that are in no file. */
  readonly usesAgent: boolean;
}

export type SignerTask =
  /** The pipe of a session process comes with this message; or the process has ended, and whatever it left behind asks no more. */
  | { readonly kind: 'serve' | 'release'; readonly id: number }
  /** The connection to the agent that it asked for comes with this message. */
  | { readonly kind: 'agent' }
  /** There is none. */
  | { readonly kind: 'noAgent'; readonly reason: string };

const kinds: readonly unknown[] = ['serve', 'release', 'agent', 'noAgent'] satisfies SignerTask['kind'][];

export function isSignerTask(message: unknown): message is SignerTask {
  return typeof message === 'object' && message !== null && 'kind' in message && kinds.includes(message.kind);
}

/** @throws {TypeError} */
export function readSignerFiles(text: string): SignerFiles {
  const value: unknown = JSON.parse(text);
  if (!isFiles(value)) throw new TypeError('Cannot start the signer: it was not told its files');
  return value;
}

function isFiles(value: unknown): value is SignerFiles {
  return (
    typeof value === 'object' &&
    value !== null &&
    'hostKeys' in value &&
    'hostCertificates' in value &&
    'usesAgent' in value
  );
}
