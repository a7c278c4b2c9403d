import type { Settings } from '../../config/settings.ts';
import type { Asker } from '../ask.ts';
import type { Unlock } from './open-private-key.ts';

/** Asks for passphrases of keys, as often as NumberOfPasswordPrompts says. */
export function passphraseAsker(ask: Asker, settings: Settings): Unlock {
  const attempts = settings.number('numberofpasswordprompts') ?? 3;
  return async (path, attempt) =>
    attempt < attempts ? ask.secret(`Enter passphrase for key '${path}': `) : undefined;
}
