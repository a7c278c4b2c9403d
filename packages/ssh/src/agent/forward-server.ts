// The server's side of a forwarded agent: channels to the client that has it.
import type { Channel } from '../connection/channel.ts';
import { ChannelOpenError } from '../connection/channel-table.ts';
import { OpenFailure } from '../connection/messages.ts';
import { AGENT_CHANNEL, MAX_AGENT_CHANNELS } from './forwarding.ts';

/**
 * Opens a channel to the agent of the client, as a connection to it would be.
 * @throws {ChannelOpenError} if the client refuses, or too many are open @throws {SshError} if the connection ends
 */
export type OpenAgentChannel = () => Promise<Channel>;

/** @param openChannel Opens a channel of this type. */
export function agentChannels(openChannel: (type: string) => Promise<Channel>): OpenAgentChannel {
  let count = 0;
  const leave = (): void => void count--;
  return async () => {
    if (count === MAX_AGENT_CHANNELS)
      throw new ChannelOpenError(AGENT_CHANNEL, OpenFailure.resourceShortage, 'too many');
    count++;
    try {
      const channel = await openChannel(AGENT_CHANNEL);
      if (channel.isOver) leave();
      else channel.once('closed', leave);
      return channel;
    } catch (cause) {
      leave();
      throw cause;
    }
  };
}
