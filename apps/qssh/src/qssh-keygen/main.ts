import { InterruptedError } from '@orrery/terminal';
import { homedir } from 'node:os';
import { createAsker } from '../qssh/ask.ts';
import { OptionError } from '../qssh/getopt.ts';
import { answersFrom } from './answers.ts';
import { actOnSignature } from './act-on-signature.ts';
import { certify } from './certify.ts';
import { changeComment } from './change-comment.ts';
import { changePassphrase } from './change-passphrase.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';
import { exportKey, importKey } from './convert-key.ts';
import { findHost, hashHosts, removeHost } from './known-hosts-files.ts';
import { askKrl, makeKrl } from './krl-files.ts';
import { makeHostKeys } from './make-host-keys.ts';
import { makeKeys } from './make-keys.ts';
import { printPublic } from './print-public.ts';
import { printSshfp } from './print-sshfp.ts';
import { KeygenError, type Session } from './session.ts';
import { showCertificates } from './show-certificates.ts';
import { showFingerprints } from './show-fingerprints.ts';
import { usage } from './usage.ts';

const FAILED = 1;

/** Each gives the exit code. */
const acts: Readonly<Record<CommandLine['task'], (session: Session) => Promise<number>>> = {
  make: makeKeys,
  makeHostKeys,
  signature: actOnSignature,
  makeKrl,
  askKrl,
  certify,
  showCertificates,
  findHost,
  hashHosts,
  removeHost,
  showFingerprints,
  changePassphrase,
  changeComment,
  export: exportKey,
  import: importKey,
  printPublic,
  printSshfp,
};

/** Runs `qssh-keygen` with its arguments (without node and script) and returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const print = (text: string | Uint8Array): void => void process.stdout.write(text);
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  try {
    const line = readCommandLine(argv);
    const home = process.env['HOME'] ?? homedir();
    const ask = answersFrom(createAsker(process.env, false), process.env, print);
    return await acts[line.task]({ line, ask, home, print, say });
  } catch (cause) {
    if (cause instanceof KeygenError) {
      say(cause.message);
      return cause.exitCode;
    }
    if (cause instanceof InterruptedError) return cause.exitCode;
    if (!(cause instanceof OptionError)) throw cause;
    process.stderr.write(`qssh-keygen: ${cause.message}\n${usage}`);
    return FAILED;
  }
}
