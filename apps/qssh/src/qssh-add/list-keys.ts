import { FormatError } from '@orrery/bytes';
import { type PublicKey, fingerprint, parsePublicKeyBlob, printPublicKeyLine } from '@orrery/keys';
import type { AgentKey } from '@orrery/ssh';
import { visible } from '@orrery/terminal';
import { typeWord } from '../qssh/host-key/key-words.ts';
import { type Session, problemOf } from './session.ts';

/** Whether there were any. */
export async function listKeys({ client, line, say }: Session): Promise<boolean> {
  let keys: readonly AgentKey[];
  try {
    keys = await client.list();
  } catch (cause) {
    say(`error fetching identities: ${problemOf(cause)}`);
    return false;
  }
  const print = line.task === 'listKeys' ? wholeLine : shortLine;
  const lines = keys.map(print);
  process.stdout.write(lines.length === 0 ? 'The agent has no identities.\n' : lines.join(''));
  return lines.length > 0;
}

function wholeLine({ publicKey, comment }: AgentKey): string {
  const key = readKey(publicKey);
  if (key === undefined) return '';
  return `${printPublicKeyLine(key)} ${visible(comment)}\n`;
}

function shortLine({ publicKey, comment }: AgentKey): string {
  const key = readKey(publicKey);
  if (key === undefined) return '';
  return `${key.bits ?? 0} ${fingerprint(publicKey, 'sha256')} ${visible(comment)} (${typeWord(key)})\n`;
}

function readKey(blob: Uint8Array): PublicKey | undefined {
  try {
    return parsePublicKeyBlob(blob);
  } catch (cause) {
    if (cause instanceof FormatError) return undefined;
    throw cause;
  }
}
