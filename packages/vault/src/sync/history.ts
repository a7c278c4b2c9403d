import { aes256Gcm, hkdfSha256, randomBytes, wipe } from '@orrery/crypto';
import { concat, encode, struct, text, utf8 } from '@orrery/bytes';
import { Snapshots, type Retention, type Sealer } from '@orrery/disk';
import type { Home } from '../client/home.ts';
import { Label } from '../labels.ts';

/**
 * What a home keeps: the snapshots of 30 days, whatever arrives, and at least the newest 30. A machine in other hands
 * that deletes a key here pushes out what `undo` would bring back only if this machine then syncs 9,000 changes in these
 * days, every five minutes, or hundreds with thousands of files each that are smaller than the key.
 */
const RETENTION: Retention = { newest: 30, days: 30, maxCount: 9_000, maxBytes: 1024 * 1024 * 1024 };

const NONCE_LENGTH = aes256Gcm.nonceLength;
const bound = struct({ label: text(64), id: text(64) });

/** The files of a folder before earlier syncs, encrypted on this machine's own disk. */
export function openHistory(home: Home): Snapshots {
  return new Snapshots(home.folder('snapshots'), sealer(home), RETENTION);
}

/** What a snapshot is called: the command before which it was taken, one word, and the folder that it is of. */
export function snapshotLabel(command: string, folder: string): string {
  return `${command} ${folder}`;
}

/** Whether a snapshot of that label is of the folder. */
export function isOfFolder(label: string, folder: string): boolean {
  return label.slice(label.indexOf(' ') + 1) === folder;
}

/** Opens the key only when a snapshot is made or read. */
function sealer(home: Home): Sealer {
  const withKey = <T>(use: (key: Uint8Array) => T): T => {
    const secret = home.localKey();
    const key = hkdfSha256(secret, new Uint8Array(), utf8(Label.snapshot), aes256Gcm.keyLength);
    try {
      return use(key);
    } finally {
      wipe(secret, key);
    }
  };
  const binding = (id: string): Uint8Array => encode(bound, { label: Label.snapshot, id });
  return {
    seal: (content, id) =>
      withKey((key) => {
        const nonce = randomBytes(NONCE_LENGTH);
        return concat(nonce, aes256Gcm.seal(key, nonce, content, binding(id)));
      }),
    open: (sealed, id) =>
      withKey((key) =>
        aes256Gcm.open(key, sealed.subarray(0, NONCE_LENGTH), sealed.subarray(NONCE_LENGTH), binding(id)),
      ),
  };
}
