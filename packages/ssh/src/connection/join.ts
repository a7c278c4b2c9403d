// A stream of this machine at one end of a channel.
import type { Duplex } from 'node:stream';
import type { Channel } from './channel.ts';

/**
 * Carries all bytes between a channel and a stream, which belong to each other from now on: each direction ends for itself,
 * and when both have ended, or one side is gone, so is the other.
 */
export function joinStream(channel: Channel, stream: Duplex): void {
  stream.on('error', () => undefined);
  stream.once('close', () => {
    if (!stream.readableEnded || channel.writableFinished) channel.close();
    else channel.once('finish', () => channel.close());
  });
  const leave = (): void => {
    if (stream.writableFinished) stream.destroy();
    else stream.once('finish', () => stream.destroy());
  };
  if (channel.isOver) leave();
  else channel.once('closed', leave);
  channel.pipe(stream);
  stream.pipe(channel);
  if (stream.destroyed) channel.close();
}
