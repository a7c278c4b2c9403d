import { createInterface } from 'node:readline';
import type { Machine, Ran } from './machine.ts';

/** A newcomer that has shown its phrase and waits to be admitted. */
export interface Waiting {
  readonly words: readonly string[];
  readonly ended: Promise<Ran>;
  /** Interrupts it, as the person would who was told on the other machine that something is wrong. */
  stop(): void;
}

/** Runs `setup --existing` until it shows its phrase. */
export function askForAdmission(
  machine: Machine,
  server: string,
  username: string,
  ...flags: readonly string[]
): Promise<Waiting> {
  const identity = ['--server', server, '--username', username, '--machine', machine.name];
  return askAgain(machine, ...identity, ...flags);
}

/** The same without a word of who it is to be. */
export async function askAgain(machine: Machine, ...flags: readonly string[]): Promise<Waiting> {
  const phrase = Promise.withResolvers<string>();
  let stop = (): void => undefined;
  const ended = machine.start(['setup', '--existing', '--yes', ...flags], {
    started(child) {
      if (child.stdout === null) return;
      stop = () => void child.kill('SIGINT');
      createInterface(child.stdout).on('line', (line) => {
        const shown = /^ {2}(\S+(?: \S+){5})$/.exec(line)?.[1];
        if (shown !== undefined) phrase.resolve(shown);
      });
    },
  });
  void ended.then(({ err }) => phrase.reject(new Error(`Cannot ask for admission: ${err}`)));
  return { words: (await phrase.promise).split(' '), ended, stop };
}
