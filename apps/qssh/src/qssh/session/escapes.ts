// ssh(1), ESCAPE CHARACTERS: what the user says to this program in the middle of what goes to the other side.

/** What an escape asks for. */
export type EscapeAction =
  | 'disconnect'
  | 'suspend'
  | 'background'
  | 'list'
  | 'help'
  | 'break'
  | 'rekey'
  | 'louder'
  | 'quieter'
  | 'commandLine';

const actions: ReadonlyMap<string, EscapeAction> = new Map([
  ['.', 'disconnect'],
  ['\x1a', 'suspend'],
  ['&', 'background'],
  ['#', 'list'],
  ['?', 'help'],
  ['B', 'break'],
  ['R', 'rekey'],
  ['v', 'louder'],
  ['V', 'quieter'],
  ['C', 'commandLine'],
]);

/** In order: bytes for the other side, or an action. */
export type Typed = Uint8Array | EscapeAction;

/** Takes what is typed, apart from pasting it together again between calls. */
export interface EscapeReader {
  take(bytes: Uint8Array): readonly Typed[];
}

/** @param escape The code of the escape character, which counts at the start of a line only. */
export function createEscapeReader(escape: number): EscapeReader {
  let atLineStart = true;
  let isPending = false;
  return {
    take(bytes) {
      const typed: Typed[] = [];
      const plain: number[] = [];
      const flush = (): void => {
        if (plain.length > 0) typed.push(Uint8Array.from(plain.splice(0)));
      };
      for (const byte of bytes) {
        if (isPending) {
          isPending = false;
          const action = actions.get(String.fromCharCode(byte));
          if (action !== undefined) {
            flush();
            typed.push(action);
            atLineStart = true;
            continue;
          }
          // Twice the escape character is once; before anything else it was meant as it is.
          if (byte !== escape) plain.push(escape);
        } else if (byte === escape && atLineStart) {
          isPending = true;
          continue;
        }
        plain.push(byte);
        atLineStart = byte === 0x0d || byte === 0x0a;
      }
      flush();
      return typed;
    },
  };
}

/** The code of EscapeChar: `~`, `^B`; undefined for none. */
export function escapeCode(setting: string): number | undefined {
  if (setting === 'none') return undefined;
  const [, control] = /^\^(.)$/.exec(setting) ?? [];
  return control === undefined ? setting.charCodeAt(0) : control.charCodeAt(0) & 0x1f;
}

/** What `~?` prints. */
export function escapeHelp(setting: string): string {
  const lines = [
    ['.', 'terminate connection'],
    ['B', 'send a BREAK to the remote system'],
    ['R', 'request rekey'],
    ['V/v', 'decrease/increase verbosity (LogLevel)'],
    ['^Z', 'suspend qssh'],
    ['#', 'list open channels'],
    ['&', 'background qssh (when waiting for connections to terminate)'],
    ['?', 'this message'],
    [setting, 'send the escape character by typing it twice'],
  ].map(([keys, meaning]) => ` ${setting}${(keys ?? '').padEnd(3)} - ${meaning}`);
  return [
    'Supported escape sequences:',
    ...lines,
    '(Note that escapes are only recognized immediately after newline.)',
  ].join('\n');
}
