// Processor time to the microsecond, which /proc has in steps of ten milliseconds.

/** getrusage(2), the same on all of Linux with 64 bits. */
const RUSAGE_CHILDREN = -1;
const RUSAGE_LENGTH = 144;

/** CPU milliseconds of this process so far, with all of its threads. */
export function ownTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** Gives what tells the CPU milliseconds of all processes that this one has started and that have ended. */
export async function loadChildrenTime(): Promise<() => number> {
  const { dlopen, getRawPointer } = await import('node:ffi');
  const { functions: libc } = dlopen(null, {
    getrusage: { arguments: ['int32', 'pointer'], return: 'int32' },
  });
  const usage = Buffer.alloc(RUSAGE_LENGTH);
  const at = getRawPointer(usage);
  /** A struct timeval. */
  const milliseconds = (offset: number): number =>
    Number(usage.readBigInt64LE(offset)) * 1000 + Number(usage.readBigInt64LE(offset + 8)) / 1000;
  return () => {
    libc.getrusage(RUSAGE_CHILDREN, at);
    return milliseconds(0) + milliseconds(16);
  };
}
