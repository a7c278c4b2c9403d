// RFC 4254, section 6: what is asked for on a channel of type "session", in the order of the sections.
import { boolean, string, struct, text, uint32, type Codec, type Value } from '@orrery/bytes';
import { decodeTerminalModes, encodeTerminalModes, type TerminalModes } from './terminal-modes.ts';

/** Lengths in bytes. */
const MAX_COMMAND = 1024 * 1024;
const MAX_VARIABLE = 65_536;
const MAX_NAME = 256;
const MAX_MODES = 4096;
const MAX_MESSAGE = 4096;

const modesString = string(MAX_MODES);
const modes: Codec<TerminalModes> = {
  read: (reader) => decodeTerminalModes(modesString.read(reader)),
  write: (writer, value) => modesString.write(writer, encodeTerminalModes(value)),
};

/** In characters and, where they are known, in pixels; else 0. */
const size = { columns: uint32, rows: uint32, width: uint32, height: uint32 };

/** Section 6.2. */
export const ptyCodec = struct({ term: text(MAX_NAME), ...size, modes });
export type Terminal = Value<typeof ptyCodec>;

/** Section 6.4. */
export const envCodec = struct({ name: string(MAX_NAME), value: string(MAX_VARIABLE) });

/** Section 6.5. */
export const commandCodec = struct({ command: string(MAX_COMMAND) });
export const subsystemCodec = struct({ name: text(MAX_NAME) });

/** Section 6.7. */
export const sizeCodec = struct(size);
export type TerminalSize = Value<typeof sizeCodec>;

/** Section 6.9; the name has no "SIG". */
export const signalCodec = struct({ signal: text(MAX_NAME) });

/** Section 6.10. */
export const exitStatusCodec = struct({ code: uint32 });
export const exitSignalCodec = struct({
  signal: text(MAX_NAME),
  coreDumped: boolean,
  message: text(MAX_MESSAGE),
  language: text(MAX_NAME),
});

/** RFC 4335. */
export const breakCodec = struct({ milliseconds: uint32 });

/** How a program ended. */
export type Exit =
  | { readonly code: number }
  | {
      /** Without "SIG"; not to be printed as it is. */
      readonly signal: string;
      readonly coreDumped: boolean;
      /** The other side's text: not to be printed as it is. */
      readonly message: string;
    };
