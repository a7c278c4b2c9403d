import { visible } from './visible.ts';

const gap = '  ';
const printableAscii = /^[ -~]*$/;

/** Lines of a table, headings first, every column as wide on a terminal as its widest cell. */
export async function tableLines(
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): Promise<string[]> {
  const lines = [columns, ...rows].map((cells) => cells.map(visible));
  const width = lines.flat().every((cell) => printableAscii.test(cell)) ? asciiWidth : await displayWidth();
  const widths: number[] = [];
  for (const cells of lines) {
    for (const [index, cell] of cells.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell));
  }
  return lines.map((cells) =>
    cells
      .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - width(cell)))
      .join(gap)
      .trimEnd(),
  );
}

function asciiWidth(text: string): number {
  return text.length;
}

// Loading and warming it up takes tens of milliseconds, which plain tables need not wait for.
async function displayWidth(): Promise<(text: string) => number> {
  const { default: stringWidth } = await import('string-width');
  return (text) => stringWidth(text);
}
