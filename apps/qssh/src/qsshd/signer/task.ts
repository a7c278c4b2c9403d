// What the signer is told by the listener, which alone can send it messages.

export interface SignerTask {
  /** The pipe of a session process comes with this message; or the process has ended, and whatever it left behind asks no more. */
  readonly kind: 'serve' | 'release';
  readonly id: number;
}

export function isSignerTask(message: unknown): message is SignerTask {
  return (
    typeof message === 'object' &&
    message !== null &&
    'kind' in message &&
    (message.kind === 'serve' || message.kind === 'release')
  );
}
