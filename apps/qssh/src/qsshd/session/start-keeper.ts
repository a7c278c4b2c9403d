import type { Account } from '../monitor/accounts.ts';
import { pipeTo } from '../pipe-to.ts';
import { KEEPER_CONTROL_FD, LINK_FD, startRole } from '../role.ts';
import type { Keeper } from './kept-terminal.ts';
import type { Become } from './task.ts';

/** A keeper that this process starts itself, as whom it is, for a program that is told what is not text. */
export function startKeeper(account: Account): Keeper {
  const task: Become = { kind: 'become', account, root: undefined, isRoot: false };
  const child = startRole('keeper', [JSON.stringify(task)], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  child.on('error', () => undefined);
  return { data: pipeTo(child, LINK_FD), control: pipeTo(child, KEEPER_CONTROL_FD) };
}
