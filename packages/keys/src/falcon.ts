import { loadFalcon } from '@orrery/crypto';
import { addRawKeyType } from './raw-keys.ts';

/**
 * Makes ssh-falcon512 and ssh-falcon1024 known to this process, as the Open Quantum Safe project has them: before, their
 * public keys are read, but nothing is signed or verified. They are an experiment: no standard will have them, and signing is
 * not constant-time.
 */
export async function enableFalcon(): Promise<void> {
  const { falcon512, falcon1024 } = await loadFalcon();
  addRawKeyType('ssh-falcon512', falcon512);
  addRawKeyType('ssh-falcon1024', falcon1024);
}
