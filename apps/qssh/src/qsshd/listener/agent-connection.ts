// The way to the agent that has host keys (sshd_config(5): HostKeyAgent).
import { connect, type Socket } from 'node:net';
import { reasonOf } from '../../copy/reason.ts';
import { AGENT_VARIABLE } from '../../sshd-config/host-keys.ts';

/** Connects to it, with the rights of this process. @param place As `Settings.hostKeyAgent` has it. @throws {Error} */
export async function connectAgent(place: string): Promise<Socket> {
  const path = place === AGENT_VARIABLE ? process.env[AGENT_VARIABLE] : place;
  if (path === undefined || path === '')
    throw new Error(`Could not connect to agent: ${AGENT_VARIABLE} is not set`);
  const socket = connect({ path }).pause(); // whoever it is sent to reads
  const connected = Promise.withResolvers<void>();
  socket.once('connect', connected.resolve);
  socket.once('error', connected.reject);
  try {
    await connected.promise;
  } catch (cause) {
    throw new Error(`Could not connect to agent "${path}": ${reasonOf(cause)}: is it running?`, { cause });
  }
  socket.on('error', () => undefined); // it belongs to another process soon
  return socket;
}
