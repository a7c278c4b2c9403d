// The server with workers that are taken over: what came over the network commands them. Everything else of it is the
// product. Started as qsshd is.
import { Socket } from 'node:net';
import { decode, encode } from '@orrery/bytes';
import { main } from '../../../apps/qssh/src/qsshd/main.ts';
import { answer, question, type Answer, type Question } from '../../../apps/qssh/src/qsshd/protocol.ts';
import { confine } from '../../../apps/qssh/src/qsshd/worker/confine.ts';
import { escapes } from './worker-escapes.ts';

/** What the attacker tells a worker to do, as JSON in one line. */
export type Order =
  /** By its name in worker-escapes.ts. */
  | { readonly kind: 'escape'; readonly name: string; readonly argument: string }
  /** A question of the protocol, in base64. */
  | { readonly kind: 'ask'; readonly question: string }
  /** Any bytes on the link to the monitor, in base64. */
  | { readonly kind: 'raw'; readonly bytes: string };

/** How it went: what came of it, or the error. */
export interface Outcome {
  readonly done?: string;
  readonly failed?: string;
}

const [, , flag, role, identity = ''] = process.argv;

if (flag === '--role' && role === 'worker') {
  if (process.env['LANG'] !== 'naive') await confine(identity);
  process.once('message', (_: unknown, socket: unknown) => {
    process.once('disconnect', () => {
      if (socket instanceof Socket) obey(socket);
    });
  });
} else process.exitCode = await main(process.argv.slice(2));

function obey(socket: Socket): void {
  const link = new Socket({ fd: 3 });
  link.on('error', () => undefined);
  let text = '';
  let orders: Promise<void> = Promise.resolve();
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n')) {
      const order: Order = JSON.parse(text.slice(0, end)) as Order;
      text = text.slice(end + 1);
      orders = orders.then(() => report(socket, order, link));
    }
  });
  socket.resume();
}

async function report(socket: Socket, order: Order, link: Socket): Promise<void> {
  let outcome: Outcome;
  try {
    outcome = { done: await carryOut(order, link) };
  } catch (error) {
    outcome = { failed: error instanceof Error && 'code' in error ? String(error.code) : String(error) };
  }
  socket.write(`${JSON.stringify(outcome)}\n`);
}

async function carryOut(order: Order, link: Socket): Promise<string> {
  switch (order.kind) {
    case 'escape':
      return String(await escapes[order.name]?.(order.argument));
    case 'ask':
      return ask(link, decode(question, Uint8Array.fromBase64(order.question)));
    case 'raw':
      link.write(Uint8Array.fromBase64(order.bytes));
      return 'sent';
  }
}

/** The kind of the answer, and the verdict if it is one. */
function ask(link: Socket, asked: Question): Promise<string> {
  const frame = encode(question, asked);
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, frame.length);
  link.write(Buffer.concat([head, frame]));
  return new Promise((resolve, reject) => {
    link.once('close', () => reject(new Error('the monitor hung up')));
    link.once('data', (data: Buffer) => resolve(told(decode(answer, data.subarray(4)))));
  });
}

function told(said: Answer): string {
  return said.kind === 'verdict' ? `verdict ${said.isAllowed}` : said.kind;
}
