import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import type { Liar } from './liar.ts';
import type { Machine, Ran } from './machine.ts';

/** A request, and when the client ends: before the server has it, or before the client has the answer. */
export interface Cut {
  readonly request: number;
  readonly moment: 'before' | 'after';
}

/** All moments at which the client can be cut off from the server, found by a run to its end. */
export async function findCuts(liar: Liar, run: () => Promise<Ran>): Promise<Cut[]> {
  liar.heard.length = 0;
  await run();
  return liar.heard.flatMap((_asked, index) =>
    (['before', 'after'] as const).map((moment) => ({ request: index + 1, moment })),
  );
}

/** Runs the client until the request, where it ends as by `kill -9`. */
export async function killAtRequest(
  liar: Liar,
  machine: Machine,
  { request, moment }: Cut,
  ...words: readonly string[]
): Promise<void> {
  let child: ChildProcess | undefined;
  let asked = 0;
  const ran = await liar.during(
    async (_asked, honest, response) => {
      if (++asked < request) return honest();
      if (moment === 'after') await honest();
      child?.kill('SIGKILL');
      response.destroy();
      return undefined;
    },
    () => machine.start(words, { started: (started) => (child = started) }),
  );
  assert.equal(ran.signal, 'SIGKILL', `${request} ${moment}: ${ran.out}${ran.err}`);
}
