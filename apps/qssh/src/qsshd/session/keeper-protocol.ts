// What a session process and the keeper of a terminal tell each other (see terminal-keeper.ts).
import { list, optional, string, struct, text, uint32, variant } from '@orrery/bytes';

/** Lengths in bytes. */
const MAX_PATH = 4096;
const MAX_PART = 1_100_000;

export const keeperOrder = variant('kind', {
  begin: struct({
    columns: uint32,
    rows: uint32,
    width: uint32,
    height: uint32,
    /** Of RFC 4254, section 8. */
    modes: list(struct({ name: text(32), value: uint32 }), 256),
    shell: text(MAX_PATH),
    /** The name of the program first. */
    args: list(string(MAX_PART), 16),
    /** Each as NAME=value. */
    environment: list(string(MAX_PART), 4096),
    folder: text(MAX_PATH),
    /** Files to show first. */
    show: list(text(MAX_PATH), 4),
    /** A command line to run first. */
    before: optional(text(MAX_PATH)),
  }),
  resize: struct({ columns: uint32, rows: uint32, width: uint32, height: uint32 }),
  /** Without "SIG". */
  signal: struct({ signal: text(32) }),
});

export const keeperNews = variant('kind', {
  exited: struct({ code: uint32 }),
  /** With "SIG". */
  killed: struct({ signal: text(32) }),
});
