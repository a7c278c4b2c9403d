// Sends a long message, short ones and then a socket to a process that reads its channel only later, as the listener does it
// ("ours") or confirming each socket once anything was written ("naive"). Closes the sockets meanwhile.
import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { createCourier } from '../../../apps/qssh/src/qsshd/listener/socket-courier.ts';

/** More than a channel takes before somebody reads. */
const LONG = 'a'.repeat(1024 * 1024);

/** More than libuv writes at once. */
const SHORT = 40;

interface Way {
  readonly send: (message: string, socket?: Socket) => void;
  readonly close: () => void;
}

const ways: Readonly<Record<string, (child: ChildProcess) => Way>> = {
  ours: (child) => createCourier(child, () => undefined),
  naive: (child) => ({
    send: (message, socket) => {
      child.send(message, socket, () => {
        if ('_handleQueue' in child && child._handleQueue !== null)
          child.emit('internalMessage', { cmd: 'NODE_HANDLE_ACK' });
      });
    },
    close: () => setTimeout(() => child.disconnect(), 500),
  }),
};

const child = spawn('sh', ['-c', 'read go; exec cat <&3'], { stdio: ['pipe', 'pipe', 'inherit', 'ipc'] });
const target = spawn('cat', { stdio: ['pipe', 'ignore', 'inherit'] });
const way = ways[process.argv[2] ?? '']?.(child);
if (way === undefined || child.stdout === null || !(target.stdin instanceof Socket))
  throw new Error('Cannot send: say "ours" or "naive"');
way.send(LONG);
for (let count = 0; count < SHORT; count += 1) way.send('short');
way.send('with a socket', target.stdin);
way.close();
child.stdin?.end('go\n');
const said = await text(child.stdout);
process.stdout.write(said.includes('with a socket') ? 'whole\n' : 'lost\n');
process.exit(); // the other program waits for its end
