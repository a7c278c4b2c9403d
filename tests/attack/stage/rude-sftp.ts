// A server of SFTP whose every name and message would act on a terminal.
import { Writer } from '@orrery/bytes';
import { UGLY } from './rude-server.ts';

const NAME = 104;
const STATUS = 101;

/** Modes of a link, a folder and a file, of which all have names that are ugly. */
const modes = [0o120777, 0o040755, 0o100644];

let waiting: Buffer = Buffer.alloc(0);
let isListed = false;
let folders = 0;
const MAX_FOLDERS = 20;

process.stdin.on('data', (chunk: Buffer) => {
  waiting = Buffer.concat([waiting, chunk]);
  while (waiting.length >= 4 && waiting.length >= 4 + waiting.readUInt32BE()) {
    const length = waiting.readUInt32BE();
    process.stdout.write(behindLength(answer(waiting.subarray(4, 4 + length))));
    waiting = waiting.subarray(4 + length);
  }
});

function behindLength(bytes: Uint8Array): Uint8Array {
  return new Writer().string(bytes).finish();
}

function answer(packet: Buffer): Uint8Array {
  const type = packet.readUInt8();
  if (type === 1) return new Writer().byte(2).uint32(3).text(UGLY).text(UGLY).finish();
  const reply = (number: number): Writer => new Writer().byte(number).uint32(packet.readUInt32BE(1));
  const named = (modesOf: readonly number[]): Uint8Array => {
    const writer = reply(NAME).uint32(modesOf.length);
    modesOf.forEach((mode, at) => writer.text(`${UGLY}${at}`).text(UGLY).uint32(4).uint32(mode));
    return writer.finish();
  };
  switch (type) {
    case 7: // LSTAT
    case 17: // STAT
      return reply(105).uint32(4).uint32(0o040755).finish();
    case 11: // OPENDIR
      isListed = false;
      folders += 1;
      // Folders in folders without end are another test's.
      if (folders > MAX_FOLDERS) return reply(STATUS).uint32(3).text(UGLY).text(UGLY).finish();
      return reply(102).text('handle').finish();
    case 12: // READDIR
      if (isListed) return reply(STATUS).uint32(1).text(UGLY).text(UGLY).finish();
      isListed = true;
      return named(modes);
    case 16: // REALPATH
    case 19: // READLINK
      return named([0o100644]);
    default:
      return reply(STATUS).uint32(4).text(UGLY).text(UGLY).finish();
  }
}
