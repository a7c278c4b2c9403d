// Terminals for the session processes of one user below another root: only root can start something there.
import { KEEPER_CONTROL_FD, LINK_FD, startRole } from '../role.ts';
import type { Become, Kept } from '../session/task.ts';
import { pipeTo } from '../pipe-to.ts';
import type { SocketCourier } from './socket-courier.ts';

/** Terminals of one session process. */
const MAX_KEEPERS = 32;

/** Starts one with each call, and sends its pipes. What it is then told, it hears when it is the user. */
export function createKeepers(task: Become, courier: SocketCourier): () => void {
  let count = 0;
  const tell = (pipe: Kept['pipe'], socket?: ReturnType<typeof pipeTo>): void => {
    const kept: Kept = { kind: 'kept', pipe };
    courier.send({ ...kept }, socket);
  };
  return () => {
    if (task.root === undefined) throw new RangeError('Cannot keep a terminal: none is needed');
    if (count >= MAX_KEEPERS) {
      tell('data');
      return tell('control');
    }
    count += 1;
    const stdio = ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] as const;
    const child = startRole('keeper', [JSON.stringify(task)], { stdio: [...stdio], detached: true });
    child.on('error', () => undefined);
    child.once('exit', () => (count -= 1));
    tell('data', pipeTo(child, LINK_FD));
    tell('control', pipeTo(child, KEEPER_CONTROL_FD));
  };
}
