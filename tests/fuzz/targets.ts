// Every parser of bytes from outside, by its name on the command line.
import type { LoadTarget } from './target.ts';
import { agentAnswers, agentRequests } from './targets/agents.ts';
import { certificates, fileSignatures, revocations } from './targets/certificates.ts';
import { authorizedKeys, knownHosts, sshConfig, sshdConfig, words } from './targets/files.ts';
import { privateKeyBlobs, privateKeys, publicKeys, puttyKeys } from './targets/keys.ts';
import { connection, sftpClient, sftpServer, transport } from './targets/machines.ts';
import { negotiation, qsshdMessages, sftpMessages, sshMessages } from './targets/messages.ts';
import { keyProofs, terminalModes } from './targets/state.ts';
import { frames, identification, inflate, packets, sftpPackets } from './targets/streams.ts';

export const targets: Readonly<Record<string, LoadTarget>> = {
  identification,
  packets,
  'ssh-messages': sshMessages,
  negotiation,
  transport,
  connection,
  inflate,
  'terminal-modes': terminalModes,
  'sftp-packets': sftpPackets,
  'sftp-messages': sftpMessages,
  'sftp-server': sftpServer,
  'sftp-client': sftpClient,
  'private-keys': privateKeys,
  'private-key-blobs': privateKeyBlobs,
  'putty-keys': puttyKeys,
  'public-keys': publicKeys,
  certificates,
  revocations,
  'file-signatures': fileSignatures,
  'authorized-keys': authorizedKeys,
  'known-hosts': knownHosts,
  'ssh-config': sshConfig,
  'sshd-config': sshdConfig,
  words,
  frames,
  'qsshd-messages': qsshdMessages,
  'key-proofs': keyProofs,
  'agent-requests': agentRequests,
  'agent-answers': agentAnswers,
};
