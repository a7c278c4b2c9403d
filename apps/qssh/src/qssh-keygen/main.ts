import { FormatError } from '@orrery/bytes';
import { InterruptedError, visible } from '@orrery/terminal';
import { homedir } from 'node:os';
import { endWithReader } from '../end-with-reader.ts';
import { createAsker } from '../qssh/ask.ts';
import { OptionError } from '../qssh/getopt.ts';
import { answersFrom } from './answers.ts';
import { type CommandLine, readCommandLine } from './command-line.ts';
import { KeygenError, type Session } from './session.ts';
import { usage } from './usage.ts';

const FAILED = 1;

type Act = (session: Session) => Promise<number>;

/** Each gives the exit code, and is loaded when it is asked for. */
const acts: Readonly<Record<CommandLine['task'], () => Promise<Act>>> = {
  make: async () => (await import('./make-keys.ts')).makeKeys,
  makeHostKeys: async () => (await import('./make-host-keys.ts')).makeHostKeys,
  signature: async () => (await import('./act-on-signature.ts')).actOnSignature,
  makeKrl: async () => (await import('./krl-files.ts')).makeKrl,
  askKrl: async () => (await import('./krl-files.ts')).askKrl,
  certify: async () => (await import('./certify.ts')).certify,
  showCertificates: async () => (await import('./show-certificates.ts')).showCertificates,
  findHost: async () => (await import('./known-hosts-files.ts')).findHost,
  hashHosts: async () => (await import('./known-hosts-files.ts')).hashHosts,
  removeHost: async () => (await import('./known-hosts-files.ts')).removeHost,
  showFingerprints: async () => (await import('./show-fingerprints.ts')).showFingerprints,
  changePassphrase: async () => (await import('./change-passphrase.ts')).changePassphrase,
  changeComment: async () => (await import('./change-comment.ts')).changeComment,
  export: async () => (await import('./convert-key.ts')).exportKey,
  import: async () => (await import('./convert-key.ts')).importKey,
  printSshfp: async () => (await import('./print-sshfp.ts')).printSshfp,
  printPublic: async () => (await import('./print-public.ts')).printPublic,
};

/** Runs `qssh-keygen` with its arguments (without node and script) and returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  endWithReader();
  const print = (text: string | Uint8Array): void => void process.stdout.write(text);
  const say = (text: string): void => void process.stderr.write(`${text}\n`);
  try {
    const line = readCommandLine(argv);
    const home = process.env['HOME'] ?? homedir();
    const ask = answersFrom(createAsker(process.env, false), process.env, print);
    const act = await acts[line.task]();
    return await act({ line, ask, home, print, say });
  } catch (cause) {
    // A message may tell what stands in a file of somebody else, or that nothing can be made of it.
    if (cause instanceof KeygenError || cause instanceof FormatError) {
      const { message, exitCode } = cause instanceof KeygenError ? cause : new KeygenError(cause.message);
      say(message.split('\n').map(visible).join('\n'));
      return exitCode;
    }
    if (cause instanceof InterruptedError) return cause.exitCode;
    if (!(cause instanceof OptionError)) throw cause;
    process.stderr.write(`qssh-keygen: ${cause.message}\n${usage}`);
    return FAILED;
  }
}
