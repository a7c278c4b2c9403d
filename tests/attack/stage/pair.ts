import { isRekeying, type Suite } from '@orrery/vault';
import assert from 'node:assert/strict';
import { takeOver } from './account.ts';
import { demandTidy, demandWhole, filesOf } from './crash.ts';
import type { Machine } from './machine.ts';
import { succeeds, type Stage } from './stage.ts';

/** Two machines of one account, of which the laptop is the one that crashes. */
export interface Pair {
  readonly laptop: Machine;
  readonly desktop: Machine;
}

/** The laptop has sent its files, the desktop has none yet. */
export async function makePair(stage: Stage, suite?: Suite): Promise<Pair> {
  const [laptop, desktop] = await stage.account(['laptop', 'desktop'], suite);
  assert.ok(laptop !== undefined && desktop !== undefined);
  laptop.write('id_ed25519', 'the key of the laptop\n');
  laptop.write('config', 'Host web\n');
  await succeeds(laptop, 'sync');
  return { laptop, desktop };
}

/**
 * After whatever happened to the laptop: its files are as they were, one sync brings the account to rest, and the other
 * machine can read everything.
 */
export async function recovers(
  { laptop, desktop }: Pair,
  before: Readonly<Record<string, string>>,
): Promise<void> {
  demandWhole(filesOf(laptop), before, before);
  await succeeds(laptop, 'sync');
  demandTidy(laptop);
  const { session } = await takeOver(laptop);
  assert.ok(!isRekeying(session.state) && !session.state.departed);
  await succeeds(desktop, 'sync');
  assert.deepEqual(filesOf(laptop), before);
  assert.deepEqual(filesOf(desktop), before);
}
