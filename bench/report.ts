let met = 0;
const missed: string[] = [];

/** Prints a measured figure beside its goal. `limit`: at most this. */
export function report(what: string, figure: number, unit: string, limit: number): void {
  const verdict = figure <= limit ? 'met' : 'MISSED';
  if (verdict === 'met') met++;
  else missed.push(what);
  const shown = figure >= 100 || Number.isInteger(figure) ? figure.toFixed(0) : figure.toFixed(2);
  console.log(
    `  ${verdict.padEnd(6)} ${what.padEnd(64)} ${shown.padStart(8)} ${unit.padEnd(10)} at most ${limit}`,
  );
}

/** Prints how many goals were met, and those that were not. */
export function summarise(): void {
  console.log(`goals: ${met} met, ${missed.length} missed${missed.map((what) => `\n  ${what}`).join('')}`);
}

/** Prints a figure that has no goal. */
export function remark(what: string, figure: string): void {
  console.log(`         ${what.padEnd(64)} ${figure}`);
}
