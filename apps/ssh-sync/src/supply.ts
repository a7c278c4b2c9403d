import { join } from 'node:path';
import { equal } from '@orrery/bytes';
import { sha256 } from '@orrery/crypto';
import { readRegularFile, statRegularFile, DiskError } from '@orrery/disk';
import { MAX_FILE_BYTES, type Place, type RotationOptions } from '@orrery/vault';

/** Gives a rotation the content of local files, where the server has lost it. */
export function supplyFrom(place: Place): RotationOptions['supply'] {
  return (file) => {
    const path = join(place.folder, file.name);
    try {
      if (statRegularFile(path) === undefined) return undefined;
      const { bytes } = readRegularFile(path, MAX_FILE_BYTES);
      return equal(sha256(bytes), file.hash) ? bytes : undefined;
    } catch (cause) {
      if (cause instanceof DiskError) return undefined;
      throw cause;
    }
  };
}
