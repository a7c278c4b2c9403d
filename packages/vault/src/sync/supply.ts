import { equal } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { checkFileName, DiskError } from '@orrery/disk';
import type { RotationOptions } from '../client/rotation.ts';
import type { Place } from './place.ts';
import { readStored } from './scan.ts';

/** Gives a rotation the content of files that stand in the folder, where the server has lost it. */
export function supplyFrom(place: Place): RotationOptions['supply'] {
  return ({ name, hash, portable }) => {
    if (checkFileName(name) !== undefined) return undefined;
    try {
      const { content } = readStored(place, name, portable);
      return equal(sha256(content), hash) ? content : undefined;
    } catch (cause) {
      if (cause instanceof DiskError) return undefined;
      throw cause;
    }
  };
}
