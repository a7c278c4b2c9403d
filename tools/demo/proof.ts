import { contents, type Machine } from './machine.ts';

/** Demands that two machines have the same files with the same bytes and modes. Files in `except` may differ. */
export function proveSame(a: Machine, b: Machine, except: readonly string[] = []): void {
  const [here, there] = [contents(a), contents(b)];
  const names = [...new Set([...here.keys(), ...there.keys()])].filter((name) => !except.includes(name));
  for (const name of names) {
    const [x, y] = [here.get(name), there.get(name)];
    if (x === undefined || y === undefined)
      throw new Error(`Not the same: "${name}" is missing on ${x ? b.name : a.name}`);
    if (x.mode !== y.mode)
      throw new Error(`Not the same: "${name}" has mode ${x.mode} on ${a.name}, ${y.mode} on ${b.name}`);
    if (!x.bytes.equals(y.bytes))
      throw new Error(`Not the same: "${name}" has other bytes on ${a.name} than on ${b.name}`);
  }
  console.log(`\n  proved: ${names.length} files have the same bytes and modes on ${a.name} and ${b.name}`);
  for (const name of names) console.log(`    ${here.get(name)?.mode} ${name}`);
}

/** Demands something of a file's text. */
export function proveLines(machine: Machine, name: string, lines: readonly string[]): void {
  const text = contents(machine).get(name)?.bytes.toString() ?? '';
  for (const line of lines)
    if (!text.includes(line))
      throw new Error(`Not as expected: "${name}" on ${machine.name} lacks "${line}"`);
  console.log(
    `\n  proved: ${name} on ${machine.name} has ${lines.map((line) => `"${line.trim()}"`).join(' and ')}`,
  );
}
