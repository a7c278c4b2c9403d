import { localFileSystem, serveSftp } from '@orrery/ssh';
import { visible } from '@orrery/terminal';
import { failureText, reasonOf } from '../copy/reason.ts';
import { StreamPair } from '../copy/stream-pair.ts';
import { OptionError } from '../qssh/getopt.ts';
import { eventLog } from './event-log.ts';
import { readServerOptions, usage, type ServerSettings } from './options.ts';

/** As OpenSSH's server ends when it was asked for what it does not understand. */
const FATAL = 255;

/**
 * Runs `qsftp-server` with its arguments (without node and script): SFTP on standard input and output. Returns the exit
 * code: 0 when the input has ended, 1 for wrong options, 255 for what is no SFTP.
 */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    const command = readServerOptions(argv);
    if (command.kind === 'serve') return await serve(command.settings);
    (command.exitCode === 0 ? process.stdout : process.stderr).write(command.text);
    return command.exitCode;
  } catch (error) {
    process.stderr.write(
      `qsftp-server: ${visible(failureText(error))}\n${error instanceof OptionError ? usage : ''}`,
    );
    return error instanceof OptionError ? 1 : FATAL;
  }
}

async function serve(settings: ServerSettings): Promise<number> {
  const { startFolder, umask, rules } = settings;
  if (umask !== undefined) process.umask(umask);
  if (startFolder !== undefined) enter(startFolder);
  const log = eventLog(settings);
  await serveSftp(new StreamPair(process.stdin, process.stdout), localFileSystem(), {
    ...rules,
    ...(log && { log }),
  });
  return 0;
}

function enter(folder: string): void {
  try {
    process.chdir(folder);
  } catch (cause) {
    throw new Error(`cannot start in "${folder}": ${reasonOf(cause).toLowerCase()}`, { cause });
  }
}
