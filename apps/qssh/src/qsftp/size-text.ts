const units = ['B', 'K', 'M', 'G', 'T', 'P'];

/** Bytes in few characters, as `ls -h` has them: 512B, 1.5K, 20M. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 10 ? Math.round(value).toString() : value.toFixed(1);
  return digits + (units[unit] ?? '');
}
