// A server that asks for passwords and puts questions: Debian's would need an account of this machine for that.
import { createServer as listen } from 'node:net';
import { once } from 'node:events';
import { createServer, localFileSystem, serveSftp } from '@orrery/ssh';
import { generatePrivateKey, type KeySigner } from '@orrery/keys';

export interface PasswordServer {
  readonly port: number;
  /** What was tried, in order: the method, and the password or the answers. */
  readonly tries: readonly string[];
  stop(): Promise<void>;
}

/** @param methods Takes the password "right", and the answers "one" and "two" to two questions. */
export async function startPasswordServer(
  methods: readonly (readonly string[])[],
  ...hostKeyTypes: readonly string[]
): Promise<PasswordServer> {
  const tries: string[] = [];
  const types = hostKeyTypes.length === 0 ? ['ssh-ed25519'] : hostKeyTypes;
  const hostKeys: readonly KeySigner[] = types.map((type) => generatePrivateKey(type, '').signer());
  const serve = createServer({
    hostKeys,
    authenticator: {
      policy: () => methods,
      allowsKey: () => Promise.resolve(true),
      checkPassword: (_, password) => {
        const text = new TextDecoder().decode(password);
        tries.push(`password ${text}`);
        return Promise.resolve(text === 'right');
      },
      interview: () => {
        let asked = false;
        return {
          next: (answers) => {
            if (asked) {
              const texts = answers.map((answer) => new TextDecoder().decode(answer));
              tries.push(`answers ${texts.join(' ')}`);
              return Promise.resolve(texts.join() === 'one,two');
            }
            asked = true;
            const prompts = [
              { prompt: 'First\x1b[2J: ', echo: true },
              { prompt: 'Second: ', echo: false },
            ];
            return Promise.resolve({ name: '', instruction: 'Two questions', prompts });
          },
        };
      },
    },
    handlers: {
      session: () => ({
        start: ({ kind }, session) => {
          if (kind === 'subsystem') {
            void serveSftp(session.channel, localFileSystem()).then(() => session.exit({ code: 0 }));
            return {};
          }
          // After the answer to the request.
          setImmediate(() => {
            session.stdout.end('in\n');
            session.stderr.end();
            session.exit({ code: 0 });
          });
          return {};
        },
      }),
    },
  });
  const server = listen({ noDelay: true }, (socket) => {
    const { login, closed } = serve(socket);
    // A client that gives up is no failure of this server.
    for (const promise of [login, closed]) promise.catch(() => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Cannot listen');
  return {
    port: address.port,
    tries,
    async stop() {
      server.close();
      await once(server, 'close');
    },
  };
}
