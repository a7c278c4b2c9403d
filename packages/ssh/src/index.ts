export {
  authenticate,
  AuthenticationError,
  noAuthentication,
  password,
  publicKey,
  type AuthMethod,
} from './auth/client.ts';
export { Channel } from './connection/channel.ts';
export { ChannelOpenError, Connection, type ConnectionOptions } from './connection/connection.ts';
export { execute, type Exit, type Session } from './connection/session.ts';
export { DisconnectedError, SshError, type SshErrorCode } from './ssh-error.ts';
export { defaultPreferences, type Preferences } from './transport/algorithms.ts';
export type { CheckHostKey, HostKey, HostKeySigner } from './transport/exchange.ts';
export type { ClientRole, KeyExchangeRole, RekeyLimits, ServerRole } from './transport/key-exchange.ts';
export { Transport } from './transport/transport.ts';
