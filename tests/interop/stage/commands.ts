// A server that lets everybody in and runs what they ask for, in one process or in two.
import { keySigner } from '@orrery/keys';
import {
  serveLogin,
  supportedAlgorithms,
  type Connection,
  type Login,
  type LoginOptions,
  type SessionHandlers,
} from '@orrery/ssh';
import { spawn } from 'node:child_process';

export const commandServer: LoginOptions = {
  hostKeys: [keySigner('ssh-ed25519', new Uint8Array(32).fill(9))],
  authenticator: { policy: () => [['none']], allowsNothing: async () => true },
  rekey: { bytes: 250_000, seconds: 0 },
  algorithms: { ...supportedAlgorithms, hostKeys: ['ssh-ed25519'] },
};

const sessions: SessionHandlers = {
  start: (start, session) => {
    if (start.kind !== 'exec') return undefined;
    const child = spawn('/bin/sh', ['-c', new TextDecoder().decode(start.command)]);
    child.stdin.on('error', () => undefined);
    session.stdin.pipe(child.stdin);
    child.stdout.pipe(session.stdout);
    child.stderr.pipe(session.stderr);
    child.on('close', (code) => session.exit({ code: code ?? 255 }));
    return {};
  },
};

export function serveCommands(login: Login): Connection {
  return serveLogin(login, { handlers: { session: () => sessions } });
}
