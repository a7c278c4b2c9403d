// The way by which sockets go to a session process, or to the signer: Node's channel, of which this side reads nothing.
// A session process belongs to a user, and Node would keep whatever it says, of any length, believe it, and abort for a
// descriptor of a file. So the words with which Node over there confirms a socket are not waited for, either: what was
// written is in the kernel's hands.
import type { ChildProcess, Serializable } from 'node:child_process';
import type { Socket } from 'node:net';

/** Messages that may wait until the process takes one. */
const MAX_WAITING = 64;

/** How long it may take for that, in milliseconds. */
const PATIENCE = 60_000;

export interface SocketCourier {
  /** Takes the socket away from this process. */
  send(message: Serializable, socket?: Socket): void;
  /** Ends the channel once all that waits is sent. */
  close(): void;
}

interface Parcel {
  readonly message: Serializable;
  readonly socket: Socket | undefined;
}

/**
 * @param child With a channel of which nothing was read.
 * @param failed Is called, perhaps more than once, when the process does not take what it is sent.
 * @throws {TypeError} if Node has no such channel: it is another version then.
 */
export function createCourier(child: ChildProcess, failed: () => void): SocketCourier {
  stopReading(child);
  const waiting: Parcel[] = [];
  let isUnderWay = false;
  let isClosing = false;
  // One at a time: Node closes a socket when it is confirmed, and aborts if it was not written yet.
  const sendNext = (): void => {
    const parcel = waiting.shift();
    isUnderWay = parcel !== undefined;
    if (parcel === undefined) {
      if (isClosing && child.connected) child.disconnect();
      return;
    }
    const timer = setTimeout(failed, PATIENCE).unref();
    child.send(parcel.message, parcel.socket, (error) => {
      clearTimeout(timer);
      if (error !== null) parcel.socket?.destroy();
      if ('_handleQueue' in child && child._handleQueue !== null) child.emit('internalMessage', CONFIRMED);
      sendNext();
    });
  };
  // Whoever does not read does not see the end of it, and one that the process left behind may keep it full.
  child.once('exit', () => {
    isClosing = true;
    if (child.connected) child.disconnect();
  });
  return {
    send: (message, socket) => {
      if (isClosing) return void socket?.destroy();
      if (waiting.length >= MAX_WAITING) {
        socket?.destroy();
        return failed();
      }
      waiting.push({ message, socket });
      if (!isUnderWay) sendNext();
    },
    close: () => {
      isClosing = true;
      if (!isUnderWay) sendNext();
    },
  };
}

/** What Node of the other process says when it has a socket. */
const CONFIRMED = { cmd: 'NODE_HANDLE_ACK' };

/** Has no public name. */
function stopReading(child: ChildProcess): void {
  const name = Object.getOwnPropertySymbols(child).find(
    ({ description }) => description === 'kChannelHandle',
  );
  const channel: unknown = name && Reflect.get(child, name);
  if (!isReadable(channel) || !('_handleQueue' in child))
    throw new TypeError('Cannot send sockets to a process: this Node.js has another kind of channel');
  channel.readStop();
}

function isReadable(value: unknown): value is { readStop(): void } {
  return (
    typeof value === 'object' && value !== null && 'readStop' in value && typeof value.readStop === 'function'
  );
}
