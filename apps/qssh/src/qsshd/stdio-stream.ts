import { Duplex } from 'node:stream';

/** Standard input and output as one stream: the connection of a server that inetd or a ProxyCommand started. */
export function stdioStream(): Duplex {
  const { stdin, stdout } = process;
  const stream = new Duplex({
    read: () => void stdin.resume(),
    write: (chunk: Uint8Array, _, done) => {
      stdout.write(chunk, () => done());
    },
    final: (done) => {
      stdout.end(done);
    },
    destroy: (error, done) => {
      stdin.destroy();
      stdout.destroy();
      done(error);
    },
  });
  stdin.on('data', (chunk: Uint8Array) => {
    if (!stream.push(chunk)) stdin.pause();
  });
  stdin.once('end', () => stream.push(null));
  stdin.once('error', () => stream.destroy());
  stdout.on('error', () => stream.destroy());
  stream.on('pause', () => stdin.pause());
  return stream;
}
