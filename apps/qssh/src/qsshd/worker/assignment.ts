// What a worker is told with a connection: nothing in it is secret.
import { signatureNameOf } from '@orrery/keys';
import type { Preferences } from '@orrery/ssh';

/** A connection to be served until its user is logged in. Bytes are in base64. */
export interface Assignment {
  readonly kind: 'assignment';
  /** The connection is standard input and output; otherwise it comes with this message. */
  readonly usesStdio: boolean;
  /** And their certificates. */
  readonly hostKeys: readonly { readonly blob: string; readonly algorithms: readonly string[] }[];
  readonly preferences: Preferences;
  readonly signatureAlgorithms: readonly string[];
  readonly software: string;
  readonly maxAuthTries: number;
  readonly loginGraceSeconds: number;
}

/** What connections use: of several keys, or certificates, of one type the first. */
export function keysInUse(keys: Assignment['hostKeys']): Assignment['hostKeys'] {
  return keys.filter(
    ({ algorithms: [name] }, at) => keys.findIndex((key) => key.algorithms[0] === name) === at,
  );
}

/** The keys without the certificates. */
export function withoutCertificates(keys: Assignment['hostKeys']): Assignment['hostKeys'] {
  return keys.filter(({ algorithms }) => algorithms.every((name) => signatureNameOf(name) === name));
}

/** Whether a message of the listener is an assignment: only the listener can send one. */
export function isAssignment(message: unknown): message is Assignment {
  return (
    typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'assignment'
  );
}
