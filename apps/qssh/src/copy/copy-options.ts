import type { Attributes, TransferOptions } from '@orrery/ssh';

export interface CopyOptions {
  /** Keeps times and permissions as they are. */
  readonly preserve: boolean;
  /** Waits until each file is on its disk. */
  readonly sync: boolean;
  /** Goes on where the target ends. */
  readonly resume: boolean;
  /** Does not empty the target first: it may be the source under another name. */
  readonly inPlace: boolean;
  /** Bytes in one request, if not the server's limit. */
  readonly chunk?: number;
  /** Requests under way. */
  readonly outstanding?: number;
  readonly signal?: AbortSignal;
  readonly pace?: (bytes: number) => Promise<void> | undefined;
  /** Hears how much of a file is there. */
  readonly progress: (bytes: number) => void;
}

/** Permissions of a new file: nobody gets rights by a copy that only its owner should give. */
export function permissionsOf({ mode = 0o666 }: Attributes): number {
  return mode & 0o777;
}

/** What a transfer is told. */
export function transferOf(options: CopyOptions, limit: number, from: number): TransferOptions {
  const { chunk, outstanding, signal, pace, progress } = options;
  return {
    from,
    chunk: Math.min(chunk ?? limit, limit),
    progress,
    ...(outstanding !== undefined && { outstanding }),
    ...(signal && { signal }),
    ...(pace && { pace }),
  };
}
