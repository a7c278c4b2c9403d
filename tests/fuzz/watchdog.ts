// Ends the process when one input takes too long, and says which.
import { workerData } from 'node:worker_threads';

/** How long one input may take, in milliseconds. */
const PATIENCE = 20_000;

if (!(workerData instanceof SharedArrayBuffer)) throw new TypeError('Cannot watch: no memory is shared');
const head = new Uint32Array(workerData, 0, 2);
const body = new Uint8Array(workerData, 8);
let last = -1;
setInterval(() => {
  const now = Atomics.load(head, 0);
  if (now === last) {
    const input = Buffer.from(body.slice(0, head[1]));
    process.stderr.write(`no end after ${PATIENCE} ms:\n    ${input.toString('base64')}\n`, () =>
      process.kill(process.pid, 'SIGKILL'),
    );
  }
  last = now;
}, PATIENCE);
