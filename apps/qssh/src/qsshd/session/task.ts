// What a session process is told by the listener, which alone can send it messages.
import type { KeyRestrictions } from '@orrery/sshfiles';
import type { Preferences } from '@orrery/ssh';
import type { Settings } from '../../sshd-config/directives.ts';
import type { Account } from '../monitor/accounts.ts';
import type { Peer } from '../monitor/peer.ts';
import type { Assignment } from '../worker/assignment.ts';

/** Whose process it is, from now on and for ever. */
export interface Become {
  readonly kind: 'become';
  readonly account: Account;
  /** The new root of the file system; absent: the old one. */
  readonly root: string | undefined;
  readonly isRoot: boolean;
}

/** The settings that matter once the user is logged in. */
export type SessionRules = Pick<
  Settings,
  | 'acceptEnv'
  | 'allowAgentForwarding'
  | 'clientAliveCountMax'
  | 'clientAliveInterval'
  | 'disableForwarding'
  | 'forceCommand'
  | 'maxSessions'
  | 'permitTTY'
  | 'permitUserEnvironment'
  | 'permitUserRC'
  | 'printMotd'
  | 'rekeyLimit'
  | 'setEnv'
  | 'subsystem'
>;

/** The restrictions of the key that matter once the user is logged in. */
export type SessionRestrictions = Pick<KeyRestrictions, 'agentForwarding' | 'command' | 'pty' | 'userRc'> & {
  readonly environment: readonly (readonly [name: string, value: string])[];
};

/** A connection of that user, which comes with this message unless it is standard input and output. */
export interface Serve {
  readonly kind: 'serve';
  readonly id: number;
  readonly usesStdio: boolean;
  /** Of `encodeState`, in base64. */
  readonly state: string;
  readonly preferences: Preferences;
  readonly hostKeys: Assignment['hostKeys'];
  readonly software: string;
  readonly peer: Peer;
  readonly rules: SessionRules;
  /** For a session below another root what `readNoLogin` gives outside, in base64. */
  readonly noLogin: string | undefined;
  readonly restrictions: SessionRestrictions;
  /** By what the user was let in, for ExposeAuthInfo; absent: nobody is told. */
  readonly proofs: readonly string[] | undefined;
}

/** One of the two pipes to the keeper of a terminal that was asked for, which comes with this message; none if there is none. */
export interface Kept {
  readonly kind: 'kept';
  readonly pipe: 'data' | 'control';
}

export type Task = Become | Serve | Kept;

export function isTask(message: unknown): message is Task {
  return (
    typeof message === 'object' &&
    message !== null &&
    'kind' in message &&
    (message.kind === 'become' || message.kind === 'serve' || message.kind === 'kept')
  );
}
