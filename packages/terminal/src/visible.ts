const printableAscii = /^[ -~]*$/;

// Control and C1 (Cc), bidi, zero-width and other format characters (Cf), half surrogate pairs (Cs), line and
// paragraph separators (Zl, Zp), and what Unicode lets a terminal leave out: fillers, variation selectors.
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const shortEscapes: ReadonlyMap<string, string> = new Map([
  ['\n', String.raw`\n`],
  ['\r', String.raw`\r`],
  ['\t', String.raw`\t`],
]);

/**
 * Text from elsewhere as it may be shown on a terminal: every character that would move the cursor, start an escape
 * sequence, turn the reading direction or not be seen at all becomes an escape such as `\x1b` or `\u202e`. The result
 * is one line. A backslash stays as it is, so that the result may pass through here again.
 */
export function visible(text: string): string {
  if (printableAscii.test(text)) return text;
  return text.replace(unseen, (character) => shortEscapes.get(character) ?? escapeOf(character));
}

/** JSON text with the same characters escaped; it means the same to a parser. */
export function visibleJson(json: string): string {
  if (printableAscii.test(json)) return json;
  return json.replace(unseen, (character) =>
    character.replace(/[^]/g, (unit) => String.raw`\u` + hex(unit.charCodeAt(0), 4)),
  );
}

function escapeOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return String.raw`\x` + hex(code, 2);
  return code <= 0xffff ? String.raw`\u` + hex(code, 4) : String.raw`\u` + `{${hex(code, 5)}}`;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
