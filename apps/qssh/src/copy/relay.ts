// From one server to another, through this machine.
import { SftpError, type Attributes, type RemoteFile, type TransferOptions } from '@orrery/ssh';
import { transferOf, type CopyOptions } from './copy-options.ts';
import { bytesOf } from './names.ts';
import type { RemotePlace } from './remote-place.ts';
import { closed, finish, openTarget, send } from './remote-target.ts';
import { writing } from './target-error.ts';

/** Parts of a file that are on their way at one time. */
const LANES = 32;

/** Copies a file from one server to another. */
export async function relay(
  source: RemotePlace,
  path: string,
  attributes: Attributes,
  target: RemotePlace,
  to: string,
  options: CopyOptions,
): Promise<void> {
  const input = await source.sftp.open(bytesOf(path), ['read']);
  try {
    const { remote, from } = await writing(to, () => openTarget(target, to, attributes, options));
    try {
      const limit = Math.min(source.sftp.limits.read, target.sftp.limits.write);
      const transfer = transferOf(options, limit, from);
      const size = await send(remote, (on) => pass(input, remote, to, on, options), transfer);
      await writing(to, () => finish(remote, size, attributes, options));
    } finally {
      await closed(remote);
    }
  } finally {
    await closed(input);
  }
}

/** Passes the bytes on; gives the position of the end. */
async function pass(
  input: RemoteFile,
  output: RemoteFile,
  to: string,
  { chunk, from = 0 }: TransferOptions,
  { progress, signal, pace }: CopyOptions,
): Promise<number> {
  let next = from;
  let done = from;
  let end = Number.MAX_SAFE_INTEGER;
  const lane = async (): Promise<void> => {
    while (next < end) {
      if (signal?.aborted === true) throw new Error('Interrupted');
      const position = next;
      next += chunk;
      const length = await passPart(input, output, to, position, chunk);
      if (length < chunk) end = Math.min(end, position + length);
      done += length;
      progress(done);
      await pace?.(length);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return end;
}

/** Passes on up to `length` bytes: fewer only at the end. */
async function passPart(
  input: RemoteFile,
  output: RemoteFile,
  to: string,
  position: number,
  length: number,
): Promise<number> {
  let passed = 0;
  while (passed < length) {
    const at = position + passed;
    const bytes = await input.read(at, length - passed);
    if (bytes.length === 0) return passed;
    if (bytes.length > length - passed) throw new SftpError('badMessage');
    await writing(to, () => output.write(at, bytes));
    passed += bytes.length;
  }
  return passed;
}
