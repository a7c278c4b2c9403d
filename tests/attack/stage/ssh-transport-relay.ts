// A man in the middle of SSH-2: until there are keys he changes, drops and adds packets; afterwards he can only cut bytes.
import { concat } from '@orrery/bytes';
import { duplexPair, type Duplex } from 'node:stream';
import { readIdentification } from '../../../packages/ssh/src/transport/identification.ts';
import { Msg } from '../../../packages/ssh/src/transport/messages.ts';
import { PacketReader } from '../../../packages/ssh/src/transport/packet-reader.ts';
import { PacketWriter } from '../../../packages/ssh/src/transport/packet-writer.ts';

/** What becomes of a packet that is not encrypted: the payloads that are passed on for it. */
export type Edit = (payload: Uint8Array) => readonly Uint8Array[];

export interface Tampering {
  readonly edit?: Edit;
  /** Bytes that he drops behind the last packet that he can read. */
  readonly cut?: number;
}

/** Two ends, and the man between them. */
export function tamperedPair({
  toServer = {},
  toClient = {},
}: {
  readonly toServer?: Tampering;
  readonly toClient?: Tampering;
}): { readonly client: Duplex; readonly server: Duplex } {
  const [client, atClient] = duplexPair();
  const [server, atServer] = duplexPair();
  pass(atClient, atServer, toServer);
  pass(atServer, atClient, toClient);
  return { client, server };
}

function pass(from: Duplex, to: Duplex, { edit = (payload) => [payload], cut = 0 }: Tampering): void {
  const reader = new PacketReader();
  const writer = new PacketWriter();
  let prelude: Uint8Array | undefined = new Uint8Array();
  let isSecret = false;
  let left = cut;
  const passSecret = (bytes: Uint8Array): void => {
    const dropped = Math.min(left, bytes.length);
    left -= dropped;
    to.write(bytes.subarray(dropped));
  };
  const readPackets = (): void => {
    for (let packet = reader.next(); packet !== undefined; packet = reader.next()) {
      for (const payload of edit(packet.payload)) for (const chunk of writer.seal(payload)) to.write(chunk);
      if (packet.payload[0] !== Msg.newKeys) continue;
      isSecret = true;
      return passSecret(reader.takeWaiting());
    }
  };
  from.on('data', (chunk: Uint8Array) => {
    if (isSecret) return passSecret(chunk);
    if (prelude !== undefined) {
      prelude = concat(prelude, chunk);
      const found = readIdentification(prelude, true);
      if (found === undefined) return;
      prelude = undefined;
      to.write(`${found.line}\r\n`);
      reader.push(found.rest);
    } else reader.push(chunk);
    readPackets();
  });
  from.on('end', () => to.end());
  from.on('error', () => to.destroy());
}
