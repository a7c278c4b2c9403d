/** Makes transfers wait so that they stay below a number of bits in a second. */
export function pacer(bitsPerSecond: number): (bytes: number) => Promise<void> | undefined {
  const bytesPerMillisecond = bitsPerSecond / 8000;
  let free = performance.now();
  return (bytes) => {
    const now = performance.now();
    free = Math.max(free, now) + bytes / bytesPerMillisecond;
    const wait = free - now;
    if (wait < 10) return undefined;
    return new Promise((resolve) => void setTimeout(resolve, wait));
  };
}
