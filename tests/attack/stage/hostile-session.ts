// The server with session processes of one user that an attacker has taken over, with all descriptors of them.
// Everything else of it is the product. Started as qsshd is, or by `naive-listener.ts`.
import { encode } from '@orrery/bytes';
import { spawn } from 'node:child_process';
import { dlopen, getRawPointer } from 'node:ffi';
import { closeSync, readSync, writeSync } from 'node:fs';
import { main } from '../../../apps/qssh/src/qsshd/main.ts';
import { sessionNews, signatureRequest } from '../../../apps/qssh/src/qsshd/protocol.ts';
import { become } from '../../../apps/qssh/src/qsshd/session/become.ts';
import { isTask, type Become } from '../../../apps/qssh/src/qsshd/session/task.ts';
import { attackNames, attackOf, type AttackName } from './session-attacks.ts';

const LINK = 3;
const CHANNEL = 4;
const SIGNER = 5;

/** As much as is poured, if it is taken. */
const FLOOD = 96 * 1024 * 1024;

const attacks: Readonly<Record<AttackName, () => void>> = {
  /** A message without an end, by the way that sockets come. */
  'flood-channel': () => pour(CHANNEL, () => Buffer.alloc(65_536, 'a')),
  /** What Node says when it has a socket, although it got none. */
  'confirm-channel': () => pour(CHANNEL, () => Buffer.from('{"cmd":"NODE_HANDLE_ACK"}\n')),
  /** A descriptor of a file, for which Node aborts that reads it. */
  'file-channel': () => sendFile(CHANNEL),
  /** Connections that there are not. */
  'flood-link': () => pour(LINK, (at) => frame(encode(sessionNews, { kind: 'closed', connection: at }))),
  /** Terminals, of which it needs none. */
  'flood-terminals': () => pour(LINK, () => frame(encode(sessionNews, { kind: 'terminal' }))),
  'garbage-link': () => pour(LINK, () => Buffer.alloc(65_536, 0xa5)),
  /** Questions of which nobody reads the answers. */
  'flood-signer': () => pour(SIGNER, question),
  'garbage-signer': () => pour(SIGNER, () => Buffer.alloc(65_536, 0xa5)),
  /** Goes on without the link by which it is dismissed. */
  'hang-up': () => {
    closeSync(LINK);
    setInterval(() => undefined, 60_000);
  },
  /** Ends, and leaves a process that has all of its descriptors still. */
  'leave-heirs': () => {
    spawn('sleep', ['30'], { stdio: ['ignore', 'ignore', 2, LINK, CHANNEL, SIGNER], detached: true });
    process.exit(0);
  },
};

const [, , flag, value] = process.argv;
if (flag === '--role' && value === 'session')
  process.once('message', (message: unknown, socket: unknown) => void begin(message, socket));
else if (flag === '--attack') carryOut(value);
else if (flag === '--heir') inherit();
else process.exitCode = await main(process.argv.slice(2));

async function begin(message: unknown, socket: unknown): Promise<void> {
  if (isTask(message) && message.kind === 'become' && message.account.name === 'nobody')
    return attack(message);
  const { runSession } = await import('../../../apps/qssh/src/qsshd/session/session.ts');
  const ended = runSession();
  process.emit('message', message, socket);
  process.exit(await ended);
}

async function attack(task: Become): Promise<void> {
  if (task.root !== undefined) leaveHeir(task);
  await become(task);
  process.once('message', (message: unknown) => {
    if (isTask(message) && message.kind === 'serve') carryOut(attackOf(message.peer.address));
  });
  writeSync(LINK, frame(encode(sessionNews, { kind: 'ready' })));
}

/** A process that has the link still when this one is gone. There is no program to start below the other root. */
function leaveHeir({ account: { uid, gid } }: Become): void {
  const stdio = ['pipe', 'ignore', 'inherit', LINK] as const;
  spawn(process.execPath, [import.meta.filename, '--heir'], { stdio: [...stdio], uid, gid });
}

/** Asks for terminals until nobody listens. */
function inherit(): void {
  while (readSync(0, new Uint8Array(1)) > 0);
  let isHeard = true;
  for (let tries = 0; isHeard && tries < 500; tries += 1)
    try {
      writeSync(LINK, frame(encode(sessionNews, { kind: 'terminal' })));
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    } catch {
      isHeard = false;
    }
  process.stderr.write(`heir ${isHeard ? 'heard' : 'cut off'}\n`);
}

function carryOut(attacked: string | undefined): void {
  const name = attackNames.find((other) => other === attacked);
  if (name !== undefined) attacks[name]();
}

/** Writes until nothing is taken for 300 ms, or all of it was. */
function pour(descriptor: number, part: (at: number) => Uint8Array): void {
  let poured = 0;
  let rest = new Uint8Array();
  try {
    for (let at = 0, tries = 0; poured < FLOOD && tries < 30;) {
      if (rest.length === 0) rest = Uint8Array.from(part((at += 1)));
      try {
        const taken = writeSync(descriptor, rest);
        rest = rest.subarray(taken);
        poured += taken;
        tries = 0;
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
        tries += 1;
      }
    }
  } catch {
    // cut off
  }
  tell(poured);
}

function question(at: number): Uint8Array {
  const message = new Uint8Array(32);
  new DataView(message.buffer).setUint32(0, at);
  return frame(encode(signatureRequest, { kind: 'proof', algorithm: 'ssh-ed25519', message }));
}

function frame(bytes: Uint8Array): Uint8Array {
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, bytes.length);
  return Buffer.concat([head, bytes]);
}

/** sendmsg(2) with one byte and the descriptor of a regular file, as cmsg(3) has it on 64-bit Linux. */
function sendFile(descriptor: number): void {
  const { functions } = dlopen(null, {
    sendmsg: { arguments: ['int32', 'pointer', 'int32'], return: 'int64' },
    open: { arguments: ['string', 'int32'], return: 'int32' },
  });
  const file = functions.open('/etc/passwd', 0);
  const byte = Buffer.from('\n');
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(getRawPointer(byte), 0);
  vector.writeBigUInt64LE(1n, 8);
  const control = Buffer.alloc(24);
  control.writeBigUInt64LE(20n, 0);
  control.writeInt32LE(1, 8); // SOL_SOCKET
  control.writeInt32LE(1, 12); // SCM_RIGHTS
  control.writeInt32LE(file, 16);
  const header = Buffer.alloc(56);
  header.writeBigUInt64LE(getRawPointer(vector), 16);
  header.writeBigUInt64LE(1n, 24);
  header.writeBigUInt64LE(getRawPointer(control), 32);
  header.writeBigUInt64LE(24n, 40);
  tell(Number(functions.sendmsg(descriptor, getRawPointer(header), 0)));
}

function tell(bytes: number): void {
  process.stderr.write(`attack over: ${bytes} bytes\n`);
  process.exit(0);
}
