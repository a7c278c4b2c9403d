export { AgentError, type AgentProblem } from './agent/agent-error.ts';
export { AgentClient, type AddOptions, type AgentKey } from './agent/client.ts';
export type { Destination, Hop, HopKey, KeyConstraints } from './agent/constraints.ts';
export type { AgentAccess } from './agent/forward-client.ts';
export type { OpenAgentChannel } from './agent/forward-server.ts';
export { KeyStore, type HeldKey, type KeyStoreOptions } from './agent/key-store.ts';
export type { SessionBinding, SessionProof } from './agent/messages.ts';
export { AgentServer, type AgentServerOptions, type KeyUse } from './agent/server.ts';
export type { SignedLogin } from './agent/signed-data.ts';
export {
  authenticate,
  AuthenticationError,
  noAuthentication,
  type Answer,
  type AuthDecider,
  type AuthExchange,
  type AuthMethod,
  type AuthState,
} from './auth/client.ts';
export type {
  Authenticated,
  Authenticator,
  Greeting,
  Interview,
  Offer,
  Step,
  Turn,
} from './auth/authenticator.ts';
export { keyboardInteractive, type AnswerQuestion } from './auth/interactive-client.ts';
export type { Question } from './auth/messages.ts';
export { password, type ChangePassword, type GivePassword } from './auth/password-client.ts';
export type { MethodList } from './auth/policy.ts';
export { publicKey, type PublicKeyOptions } from './auth/publickey-client.ts';
export { authenticateClient, type LoginRules } from './auth/server.ts';
export { connect, type Client, type ConnectOptions } from './client.ts';
export { Channel } from './connection/channel.ts';
export { ChannelOpenError, type ChannelOpener, type OpenAnswer } from './connection/channel-table.ts';
export { Connection, type ConnectionOptions } from './connection/connection.ts';
export type { GlobalHandler } from './connection/global-requests.ts';
export { joinStream } from './connection/join.ts';
export type { KeepAlive } from './connection/keep-alive.ts';
export { ClientSession } from './connection/session.ts';
export type { Exit, Terminal, TerminalSize } from './connection/session-messages.ts';
export {
  serveSession,
  type Program,
  type ServerSession,
  type SessionHandlers,
  type Start,
} from './connection/session-server.ts';
export type { TerminalMode, TerminalModes } from './connection/terminal-modes.ts';
export { giveBack } from './give-back.ts';
export {
  createServer,
  serveLogin,
  type ServerConnection,
  type ServerHandlers,
  type ServerOptions,
  type ServiceOptions,
} from './server.ts';
export {
  acceptLogin,
  hostKeySigners,
  resumeLogin,
  type Login,
  type LoginOptions,
  type ServerKey,
  type TransportOptions,
} from './server-login.ts';
export type { Attributes } from './sftp/attributes.ts';
export { openSftp, SftpClient, type OpenFlagName, type RemotePath, type SftpLimits } from './sftp/client.ts';
export type {
  Awaitable,
  Entry,
  FileSystem,
  OpenFile,
  OpenFolder,
  OpenMode,
  Statistics,
} from './sftp/file-system.ts';
export { localFileSystem } from './sftp/local-file-system.ts';
export { longName, modeText, type LongNameParts } from './sftp/long-name.ts';
export { RemoteFile } from './sftp/remote-file.ts';
export { serveSftp, sftpRequests, type SftpEvent, type SftpServerOptions } from './sftp/server.ts';
export { startingIn } from './sftp/starting-in.ts';
export { SftpError, type StatusName } from './sftp/status.ts';
export { download, upload, type Sink, type Source, type TransferOptions } from './sftp/transfer.ts';
export { DisconnectedError, SshError, type SshErrorCode } from './ssh-error.ts';
export { timerDelay } from './timer-delay.ts';
export { defaultPreferences, supportedAlgorithms, type Preferences } from './transport/algorithms.ts';
export type { CheckHostKey, HostKey, HostKeySigner } from './transport/exchange.ts';
export type { ClientRole, KeyExchangeRole, RekeyLimits, ServerRole } from './transport/key-exchange.ts';
export type { Negotiated } from './transport/negotiation.ts';
export type { TransportState } from './transport/transport-state.ts';
export { Transport } from './transport/transport.ts';
