import { wipe } from '@orrery/crypto';
import { ensurePrivateFolder } from '@orrery/disk';
import { visible } from '@orrery/terminal';
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { failureText } from '../copy/reason.ts';
import { findPassword } from '../passwords/password-file.ts';
import { hashPassword, verifyPassword } from '../passwords/password-hash.ts';
import { OptionError } from '../qssh/getopt.ts';
import { readCommandLine, usage, type CommandLine } from './command-line.ts';
import { askPassword } from './ask-password.ts';
import { changeFile, readFile } from './database.ts';

/** A wrong password, or something went wrong here. */
const FAILED = 1;
const WRONG_USE = 2;

/** What getent(1) returns for somebody who is not there. */
const NO_SUCH_ENTRY = 2;

/** Runs `qssh-passwd` with its arguments (without node and script) and returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  if (argv.length === 1 && argv[0] === '--help') {
    process.stdout.write(usage);
    return 0;
  }
  let line: CommandLine;
  try {
    line = readCommandLine(argv);
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`qssh-passwd: ${visible(error.message)}\n${usage}`);
    return WRONG_USE;
  }
  try {
    return await run(line, line.file ?? defaultFile());
  } catch (error) {
    process.stderr.write(`qssh-passwd: ${visible(failureText(error))}\n`);
    return FAILED;
  }
}

async function run({ action, user }: CommandLine, file: string): Promise<number> {
  if (action === 'verify') return verify(user, file);
  if (action === 'delete') {
    const isGone = await changeFile(file, user, undefined);
    if (!isGone)
      process.stderr.write(`qssh-passwd: ${visible(user)} has no password in "${visible(file)}"\n`);
    return isGone ? 0 : FAILED;
  }
  const password = await askPassword(user, true);
  try {
    await changeFile(file, user, await hashPassword(password));
  } finally {
    wipe(password);
  }
  if (!isAccount(user))
    process.stderr.write(`qssh-passwd: warning: there is no account ${visible(user)} on this machine\n`);
  process.stderr.write(`The password of ${visible(user)} is set in "${visible(file)}".\n`);
  return 0;
}

/** Takes as long for somebody who is not there. */
async function verify(user: string, file: string): Promise<number> {
  const hash = findPassword(readFile(file).text, user);
  const password = await askPassword(user, false);
  try {
    if (await verifyPassword(hash, password)) return 0;
  } finally {
    wipe(password);
  }
  process.stderr.write('qssh-passwd: wrong password\n');
  return FAILED;
}

/** As the system says; where it cannot be asked, there may be one. */
function isAccount(user: string): boolean {
  return spawnSync('getent', ['--', 'passwd', user], { stdio: 'ignore' }).status !== NO_SUCH_ENTRY;
}

function defaultFile(): string {
  if (process.getuid?.() === 0) return '/etc/ssh/qssh_passwd';
  const [home, folder] = [homedir(), join(homedir(), '.qssh')];
  ensurePrivateFolder(folder, { home });
  return join(folder, 'passwd');
}
