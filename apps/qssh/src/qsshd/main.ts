import { ROLE_FLAG } from './role.ts';

type Run = (args: readonly string[]) => Promise<number>;

/** The parts of the server; each process loads only its own. */
const parts: Readonly<Record<string, () => Promise<Run>>> = {
  server: async () => (await import('./run.ts')).runInBackground,
  signer: async () => (await import('./signer/signer.ts')).runSigner,
  worker: async () => (await import('./worker/worker.ts')).runWorker,
  reader: async () => (await import('./reader/reader.ts')).runReader,
  session: async () => (await import('./session/session.ts')).runSession,
  keeper: async () => (await import('./session/terminal-keeper.ts')).runKeeper,
  terminal: async () => (await import('./session/terminal.ts')).runTerminal,
};

/**
 * Runs `qsshd` with its arguments (without node and script), or one of its parts, and returns the exit code: 0 done,
 * 1 failed, 2 usage.
 */
export async function main(argv: readonly string[]): Promise<number> {
  // What Node says of its own parts, such as FFI, is not for those who read what the server says.
  process.removeAllListeners('warning');
  const [flag, role = '', ...args] = argv;
  if (flag === ROLE_FLAG && Object.hasOwn(parts, role)) {
    const run = await parts[role]?.();
    return run === undefined ? 1 : run(args);
  }
  const { run } = await import('./run.ts');
  return run(argv);
}
