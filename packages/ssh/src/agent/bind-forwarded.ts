// A connection to the agent that is for somebody else, who must not be able to hide that.
import type { Duplex } from 'node:stream';
import { AgentError } from './agent-error.ts';
import { frame, readFrames } from './frames.ts';
import { AgentMsg, type SessionProof, bindRequest } from './messages.ts';

/**
 * Tells the agent that all that follows comes from the host of this session. The stream can be used on.
 * @returns false if the agent does not bind sessions. @throws {AgentError} if it is no agent, or gone
 */
export async function bindForwarded(stream: Duplex, session: SessionProof): Promise<boolean> {
  const answers = readFrames(stream.iterator({ destroyOnReturn: false }));
  try {
    stream.write(frame(bindRequest({ ...session, isForwarding: true })));
    const answer = await answers.next();
    if (answer.done === true) throw closed();
    const [number = 0] = answer.value;
    if (number === AgentMsg.success) return true;
    if (number === AgentMsg.failure || number === AgentMsg.extensionFailure) return false;
    throw new AgentError('malformed', `Cannot bind the session: found answer ${number}`);
  } catch (cause) {
    throw cause instanceof AgentError ? cause : closed(cause);
  } finally {
    await answers.return();
  }
}

function closed(cause?: unknown): AgentError {
  return new AgentError('closed', 'Cannot bind the session: the agent closed the connection', { cause });
}
