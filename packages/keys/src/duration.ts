const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds of a time as in sshd_config(5), TIME FORMATS: `90`, `1m30s`; undefined if it is none. */
export function parseDuration(word: string): number | undefined {
  if (!/^(?:\d+[smhdw]?)+$/i.test(word)) return undefined;
  let seconds = 0;
  for (const [, digits = '', unit = ''] of word.matchAll(/(\d+)([smhdw]?)/gi))
    seconds += Number(digits) * (units[unit.toLowerCase()] ?? 0);
  return seconds <= 0x7fff_ffff ? seconds : undefined;
}
