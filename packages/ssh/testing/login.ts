// One login, both sides of it.
import { authenticate, type AuthOptions } from '../src/auth/client.ts';
import type { Authenticated, Authenticator } from '../src/auth/authenticator.ts';
import { authenticateClient, type LoginRules } from '../src/auth/server.ts';
import { hostKey, makePair } from './pair.ts';

export interface LoginResult {
  /** What the server knows of the user; undefined if the login failed. */
  readonly authenticated: Authenticated | undefined;
  /** Why it failed, as the client sees it. */
  readonly error: unknown;
}

/** Lets "ann" log in. */
export async function logIn(
  authenticator: Authenticator,
  methods: AuthOptions['methods'],
  rules: LoginRules = {},
  options: Partial<AuthOptions> = {},
): Promise<LoginResult> {
  const { client, server } = await makePair();
  const accepted = authenticateClient(server, authenticator, { hostKey: () => hostKey.publicKey, ...rules });
  const outcome = await settle(
    authenticate(client, {
      user: 'ann',
      session: { hostKey: hostKey.publicKey, sessionId: new Uint8Array(), signature: new Uint8Array() },
      ...options,
      methods,
    }),
  );
  if (outcome !== undefined) client.disconnect('');
  const authenticated = await accepted.catch(() => undefined);
  if (outcome === undefined) client.disconnect('');
  return { authenticated, error: outcome };
}

async function settle(promise: Promise<void>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error;
  }
}
