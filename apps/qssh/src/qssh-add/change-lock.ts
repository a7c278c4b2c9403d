import { wipe } from '@orrery/crypto';
import { type Session, problemOf } from './session.ts';

/** Locks the agent by a passphrase that is given twice, or unlocks it. */
export async function changeLock({ client, line, ask, say }: Session): Promise<boolean> {
  const isLock = line.task === 'lock';
  const passphrase = await ask.secret('Enter lock password: ');
  if (passphrase === undefined) return false;
  try {
    if (isLock && !(await isRepeated(passphrase, ask))) {
      say('Passwords do not match.');
      return false;
    }
    await (isLock ? client.lock(passphrase) : client.unlock(passphrase));
    say(isLock ? 'Agent locked.' : 'Agent unlocked.');
    return true;
  } catch (cause) {
    say(`Failed to ${isLock ? '' : 'un'}lock agent: ${problemOf(cause)}`);
    return false;
  } finally {
    wipe(passphrase);
  }
}

async function isRepeated(passphrase: Uint8Array, ask: Session['ask']): Promise<boolean> {
  const again = await ask.secret('Again: ');
  if (again === undefined) return false;
  const isSame = Buffer.compare(passphrase, again) === 0;
  wipe(again);
  return isSame;
}
