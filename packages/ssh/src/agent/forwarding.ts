// A user's agent is forwarded to the server: what both sides of that have in common.
import { MAX_MESSAGE } from './messages.ts';

/** The client offers its agent to the program of a session. */
export const AGENT_REQUEST = 'auth-agent-req@openssh.com';

/** The server connects to the agent. */
export const AGENT_CHANNEL = 'auth-agent@openssh.com';

/** Channels to the agent at a time, of one connection: half of what an agent of ours serves, so that others get at it. */
export const MAX_AGENT_CHANNELS = 128;

/** What may wait in such a channel, in bytes: one message. */
export const AGENT_WINDOW = 4 + MAX_MESSAGE;
