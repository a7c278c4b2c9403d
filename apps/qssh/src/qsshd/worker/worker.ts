// An unprivileged process that serves one connection until its user is logged in. It alone reads what strangers send, so
// it has nothing to give away: no host key, no file, no network, no word about who may log in.
import { loadSntrup761, randomBytes } from '@orrery/crypto';
import { acceptLogin, type Authenticator, type Greeting, type Login, type ServerKey } from '@orrery/ssh';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { askOver, type Asking } from '../asking.ts';
import { MAX_PASSWORD } from '../../passwords/password-hash.ts';
import { answer, question, type Answer, type Question } from '../protocol.ts';
import { LINK_FD } from '../role.ts';
import { stdioStream } from '../stdio-stream.ts';
import { encodeState } from '../transport-state.ts';
import { isAssignment, keysInUse, type Assignment } from './assignment.ts';
import { confine } from './confine.ts';

type Monitor = Asking<Question, Answer>;

/** The one question of keyboard-interactive. */
const ASK_PASSWORD = { name: '', instruction: '', prompts: [{ prompt: 'Password: ', echo: false }] };

/** @param args The uid and gid to become, as `uid:gid`; nothing to stay who it is. */
export async function runWorker([identity = '']: readonly string[]): Promise<number> {
  await loadSntrup761(); // what is loaded when it is used could not be loaded any more
  randomBytes(1); // node:crypto takes long to be loaded: not while somebody waits
  await confine(identity);
  const { assignment, stream } = await nextConnection();
  const monitor = askOver(new Socket({ fd: LINK_FD }), question, answer, () => process.exit(0));
  try {
    const login = await acceptLogin(stream, loginOptions(assignment, monitor));
    await handOver(login, monitor);
  } catch {
    // Whatever went wrong, the monitor sees that nobody has logged in.
    await new Promise((resolve) => stream.once('close', resolve));
  }
  await monitor.end();
  process.exit(0);
}

interface Connection {
  readonly assignment: Assignment;
  readonly stream: Duplex;
}

/** Nothing is read from the connection before the listener has closed the channel that it came by. */
function nextConnection(): Promise<Connection> {
  return new Promise((resolve) => {
    process.once('message', (assignment: unknown, socket: unknown) => {
      process.once('disconnect', () => {
        if (!isAssignment(assignment)) return;
        if (assignment.usesStdio) resolve({ assignment, stream: stdioStream() });
        else if (socket instanceof Socket) resolve({ assignment, stream: socket });
        else process.exit(0); // the client was gone before it was served
      });
    });
    process.once('disconnect', () => {
      if (process.listenerCount('message') > 0) process.exit(0);
    });
  });
}

async function handOver({ transport, user }: Login, monitor: Monitor): Promise<void> {
  await setImmediate(); // the message that logged the user in is still being handled
  const state = encodeState(await transport.exportState());
  monitor.tell({ kind: 'loggedIn', user, state });
}

function loginOptions(assignment: Assignment, monitor: Monitor): Parameters<typeof acceptLogin>[1] {
  const { loginGraceSeconds, maxAuthTries, preferences, signatureAlgorithms, software } = assignment;
  return {
    hostKeys: keysInUse(assignment.hostKeys).map((key) => remoteSigner(key, monitor)),
    authenticator: authenticator(monitor),
    algorithms: preferences,
    userKeyAlgorithms: signatureAlgorithms,
    loginGraceSeconds,
    maxAuthTries,
    software,
  };
}

function remoteSigner(key: Assignment['hostKeys'][number], monitor: Monitor): ServerKey {
  return {
    publicKey: Uint8Array.fromBase64(key.blob),
    algorithms: key.algorithms,
    sign: () => Promise.reject(new TypeError('Cannot sign with the host key: a worker signs exchanges only')),
    signExchange: async (input, { length: hashLength }, algorithm) => {
      const said = await monitor.ask({ kind: 'sign', algorithm, input, hashLength });
      if (said.kind !== 'signature') throw new Error('Cannot sign with the host key: it was refused');
      return said.signature;
    },
  };
}

function authenticator(monitor: Monitor): Authenticator {
  const isAllowed = async (asked: Question): Promise<boolean> => {
    const said = await monitor.ask(asked);
    return said.kind === 'verdict' && said.isAllowed;
  };
  // What is too long to be anybody's is asked about as well: the answer has to take as long.
  const isPassword = (user: string, method: string, password: Uint8Array): Promise<boolean> =>
    isAllowed({ kind: 'password', user, method, password: password.subarray(0, MAX_PASSWORD) });
  let greeting: Greeting = {};
  return {
    policy: async (user) => {
      const said = await monitor.ask({ kind: 'policy', user });
      if (said.kind !== 'policy') return [];
      greeting = { banner: said.banner, userKeyAlgorithms: said.algorithms };
      return said.lists;
    },
    greet: () => greeting,
    allowsNothing: (user) => isAllowed({ kind: 'nothing', user }),
    allowsKey: (offer) => isAllowed({ kind: 'key', ...offer }),
    provesKey: (offer, message, signature) => isAllowed({ kind: 'proof', ...offer, message, signature }),
    checkPassword: (user, password) => isPassword(user, 'password', password),
    interview: (user) => ({
      next: async ([password]) =>
        password === undefined ? ASK_PASSWORD : isPassword(user, 'keyboard-interactive', password),
    }),
    failed: async ({ user, method }) => void (await isAllowed({ kind: 'failed', user, method })),
  };
}
