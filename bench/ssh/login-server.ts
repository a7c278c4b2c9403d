// The library's server in a process of its own, for one user's key. Started by handshake.ts, which tells it the key.
import { createServer as listen, type AddressInfo } from 'node:net';
import { generatePrivateKey } from '@orrery/keys';
import { createServer } from '@orrery/ssh';

process.once('message', (userKey: string) => {
  const serve = createServer({
    hostKeys: [generatePrivateKey('ssh-mldsa44-ed25519', 'bench').signer()],
    authenticator: {
      policy: () => [['publickey']],
      allowsKey: async ({ key }) => key.toBase64() === userKey,
    },
    handlers: {},
  });
  const server = listen({ noDelay: true }, (socket) => {
    serve(socket).closed.catch(() => undefined); // the other side hangs up
  });
  server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
});
process.once('disconnect', () => process.exit());
