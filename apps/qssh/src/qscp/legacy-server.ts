import { StreamPair } from '../copy/stream-pair.ts';
import { argumentNames } from '../copy/names.ts';
import { readOptions } from '../qssh/getopt.ts';
import { LegacyLink } from './legacy-link.ts';
import { receiveAll } from './legacy-sink.ts';
import { sendPath, type LegacyOptions } from './legacy-source.ts';

/** What the other side's scp starts here: `-f` sends files, `-t` takes them. Gives the exit code. */
export async function serveLegacy(argv: readonly string[]): Promise<number> {
  const { found, rest } = readOptions(argv, { letters: 'dfprtvq', long: [] });
  const flags = new Set(found.map(({ name }) => name));
  const paths = argumentNames(argv).slice(argv.length - rest.length);
  const link = new LegacyLink(new StreamPair(process.stdin, process.stdout));
  let exitCode = 0;
  const options: LegacyOptions = {
    recursive: flags.has('r'),
    preserve: flags.has('p'),
    failed: async (path, reason) => {
      exitCode = 1;
      // Who sends tells the other side here; who takes has told it already.
      if (flags.has('f')) await link.refuse(`${path}: ${reason}`);
    },
  };
  try {
    if (flags.has('f')) {
      await link.expectOk();
      for (const path of paths) await sendPath(link, path, options);
    } else {
      const [target = '.'] = paths;
      await receiveAll(link, target, { ...options, isWanted: () => true, needsFolder: flags.has('d') });
    }
  } catch {
    exitCode = 1;
  }
  link.end();
  return exitCode;
}
