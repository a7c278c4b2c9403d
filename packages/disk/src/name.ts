import { TEMPORARY_PREFIX } from './temporary.ts';

const MAX_NAME_BYTES = 255;

/** Why a name is refused, first match; every system's rules at once, because the name travels to all of them. */
const REFUSED: readonly (readonly [RegExp, string])[] = [
  [/^$/u, 'it is empty'],
  [/^\.\.?$/u, 'it means a folder'],
  [/^-/u, 'it begins with a dash, which programs take for an option'],
  [/[/\\]/u, 'it holds a path separator'],
  [/\p{Cc}/u, 'it holds a control character'],
  // Bidirectional and zero-width characters make a name look like another; HFS+ even ignores them.
  [/[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u, 'it holds an invisible character'],
  [/\p{Cs}/u, 'it holds half of a surrogate pair'],
  [/[:*?"<>|]/u, 'it holds a character that Windows does not allow'],
  [/[.\p{Zs}]$/u, 'it ends with a dot or blank, which Windows drops'],
  [/^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[\d¹²³]) *(?:\.|$)/iu, 'it names a device on Windows'],
  // "AUTHOR~1" opens authorized_keys where Windows keeps short names.
  [/^[^.]{1,8}(?<=~\d+)(?:\.[^.]{0,3})?$/u, 'it can be the short name of another file on Windows'],
];

/**
 * Says why a file name from another machine is refused, or undefined if it is fine everywhere: one path component of
 * at most 255 bytes in UTF-8 that is visible, unambiguous, and no device, stream or short name of Windows.
 */
export function checkFileName(name: string): string | undefined {
  const reason = REFUSED.find(([pattern]) => pattern.test(name))?.[1];
  if (reason !== undefined) return reason;
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) return `it is longer than ${MAX_NAME_BYTES} bytes`;
  return foldFileName(name).startsWith(TEMPORARY_PREFIX) ? 'it is the name of a temporary file' : undefined;
}

/**
 * The form in which two names are compared: names of equal form can be one file on some system. Normalised (NFD), then
 * full lower, upper and lower case, then NFC. So "ß" meets "SS", "ſ" meets "s" and the Kelvin sign meets "k"; this folds
 * at least what Windows and macOS do.
 */
export function foldFileName(name: string): string {
  return name.normalize('NFD').toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
}
