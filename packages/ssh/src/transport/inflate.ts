// RFC 1950 and RFC 1951, in pieces that end anywhere: node:zlib cannot go on with a stream without waiting, and a packet
// must be read before the next. Peers flush each packet only up to the last whole byte (RFC 4253, section 6.2).
import { SshError } from '../ssh-error.ts';
import { HuffmanTable, NEEDS_MORE } from './huffman.ts';
import {
  DISTANCE_BASES,
  DISTANCE_EXTRA,
  fixedDistances,
  fixedLiterals,
  LENGTH_BASES,
  LENGTH_EXTRA,
  LENGTHS_ORDER,
} from './inflate-tables.ts';

/** How far back a match reaches, in bytes. */
const WINDOW = 32 * 1024;
const FIRST_CAPACITY = 2 * WINDOW;

const END_OF_BLOCK = 256;
const FIRST_MATCH = 257;
/** What a block with codes of its own tells of them first. */
interface Codes {
  readonly literals: number;
  readonly distances: number;
  readonly ofLengths: Uint8Array;
  readonly lengths: Uint8Array;
  known: number;
}

/** Does one step; false if it needs more input, of which it has taken nothing then. */
type Step = () => boolean;

/** Decompresses one zlib stream, piece by piece. */
export class Inflater {
  #input: Uint8Array = new Uint8Array();
  #position = 0;
  #bits = 0;
  #available = 0;
  /** What was decompressed: at least the last WINDOW bytes of it. */
  #output: Uint8Array = new Uint8Array(FIRST_CAPACITY);
  #end = 0;
  /** Where the output of the present piece must end at the latest. */
  #limit = 0;
  #step: Step = () => this.#readHeader();
  #literals = fixedLiterals;
  #distances = fixedDistances;
  /** Of the stored block or the match that is being read. */
  #length = 0;
  #distanceSymbol = 0;

  /** What a piece gives, in memory of its own. @throws {SshError} if it is more than `max` bytes, or malformed. */
  inflate(piece: Uint8Array, max: number): Uint8Array {
    this.#forgetOld();
    const start = this.#end;
    this.#limit = start + max;
    this.#input = piece;
    this.#position = 0;
    while (this.#step());
    this.#input = new Uint8Array();
    return this.#output.slice(start, this.#end);
  }

  #forgetOld(): void {
    if (this.#end <= FIRST_CAPACITY) return;
    this.#output.copyWithin(0, this.#end - WINDOW, this.#end);
    this.#end = WINDOW;
  }

  /** Whether so many bits are here, up to 25. */
  #has(count: number): boolean {
    while (this.#available <= 24 && this.#position < this.#input.length) {
      this.#bits |= (this.#input[this.#position++] ?? 0) << this.#available;
      this.#available += 8;
    }
    return this.#available >= count;
  }

  #take(count: number): number {
    const value = this.#bits & ((1 << count) - 1);
    this.#bits = count === 0 ? this.#bits : this.#bits >>> count;
    this.#available -= count;
    return value;
  }

  #next(step: Step): true {
    this.#step = step;
    return true;
  }

  readonly #readHeader = (): boolean => {
    if (!this.#has(16)) return false;
    const method = this.#take(8);
    const flags = this.#take(8);
    const isDeflate = (method & 15) === 8 && method >> 4 <= 7;
    if (!isDeflate || (method * 256 + flags) % 31 !== 0 || (flags & 32) !== 0) throw malformed('its header');
    return this.#next(this.#readBlock);
  };

  readonly #readBlock = (): boolean => {
    if (!this.#has(3)) return false;
    // The last block would be the end of the connection's data.
    if (this.#take(1) === 1) throw malformed('its end');
    switch (this.#take(2)) {
      case 0:
        this.#take(this.#available & 7);
        return this.#next(this.#readStoredLength);
      case 1:
        this.#literals = fixedLiterals;
        this.#distances = fixedDistances;
        return this.#next(this.#readSymbol);
      case 2:
        return this.#next(this.#readCodes);
      default:
        throw malformed('a block');
    }
  };

  readonly #readStoredLength = (): boolean => {
    if (!this.#hasStoredLength()) return false;
    this.#length = this.#take(16);
    this.#has(16);
    if (this.#take(16) !== (this.#length ^ 0xffff)) throw malformed('the length of a block');
    return this.#next(this.#copyStored);
  };

  /** Whether 4 bytes are here: bits hold at most the first of them, or all. */
  #hasStoredLength(): boolean {
    this.#has(16);
    return this.#available + 8 * (this.#input.length - this.#position) >= 32;
  }

  readonly #copyStored = (): boolean => {
    for (; this.#length > 0 && this.#available > 0; this.#length--) {
      this.#reserve(1);
      this.#output[this.#end++] = this.#take(8);
    }
    const bytes = this.#input.subarray(this.#position, this.#position + this.#length);
    this.#reserve(bytes.length);
    this.#output.set(bytes, this.#end);
    this.#end += bytes.length;
    this.#position += bytes.length;
    this.#length -= bytes.length;
    return this.#length === 0 && this.#next(this.#readBlock);
  };

  readonly #readCodes = (): boolean => {
    if (!this.#has(14)) return false;
    const literals = this.#take(5) + 257;
    const distances = this.#take(5) + 1;
    const count = this.#take(4) + 4;
    if (literals > 286 || distances > 30) throw malformed('its codes');
    const codes: Codes = {
      literals,
      distances,
      ofLengths: new Uint8Array(19),
      lengths: new Uint8Array(literals + distances),
      known: 0,
    };
    return this.#next(() => this.#readCodesOfLengths(codes, count));
  };

  #readCodesOfLengths(codes: Codes, count: number): boolean {
    for (; codes.known < count; codes.known++) {
      if (!this.#has(3)) return false;
      codes.ofLengths[LENGTHS_ORDER[codes.known] ?? 0] = this.#take(3);
    }
    const table = makeTable(codes.ofLengths);
    codes.known = 0;
    return this.#next(() => this.#readLengths(codes, table));
  }

  #readLengths(codes: Codes, table: HuffmanTable): boolean {
    const { lengths } = codes;
    while (codes.known < lengths.length) if (!this.#readLength(codes, table)) return false;
    if (lengths[END_OF_BLOCK] === 0) throw malformed('its codes');
    this.#literals = makeTable(lengths.subarray(0, codes.literals));
    this.#distances = makeTable(lengths.subarray(codes.literals));
    return this.#next(this.#readSymbol);
  }

  /** One length, or the repetition of one (RFC 1951, section 3.2.7). */
  #readLength(codes: Codes, table: HuffmanTable): boolean {
    this.#has(14);
    const entry = table.decode(this.#bits, this.#available);
    if (entry < 0) return unlessMore(entry);
    const symbol = entry >> 4;
    const [extra, base] = symbol < 16 ? [0, 1] : symbol === 16 ? [2, 3] : symbol === 17 ? [3, 3] : [7, 11];
    if (this.#available < (entry & 15) + extra) return false;
    this.#take(entry & 15);
    const count = base + this.#take(extra);
    if (codes.known + count > codes.lengths.length || (symbol === 16 && codes.known === 0))
      throw malformed('its codes');
    const length = symbol < 16 ? symbol : symbol === 16 ? (codes.lengths[codes.known - 1] ?? 0) : 0;
    codes.lengths.fill(length, codes.known, codes.known + count);
    codes.known += count;
    return true;
  }

  /** Literals up to the next match, or the end of the block. */
  readonly #readSymbol = (): boolean => {
    for (;;) {
      if (this.#available < 20) this.#has(20);
      const entry = this.#literals.decode(this.#bits, this.#available);
      if (entry < 0) return unlessMore(entry);
      const symbol = entry >> 4;
      if (symbol > END_OF_BLOCK) return this.#readMatchLength(symbol - FIRST_MATCH, entry & 15);
      this.#take(entry & 15);
      if (symbol === END_OF_BLOCK) return this.#next(this.#readBlock);
      if (this.#end >= this.#output.length || this.#end >= this.#limit) this.#reserve(1);
      this.#output[this.#end++] = symbol;
    }
  };

  #readMatchLength(symbol: number, codeLength: number): boolean {
    const base = LENGTH_BASES[symbol];
    const extra = LENGTH_EXTRA[symbol] ?? 0;
    if (base === undefined) throw malformed('a length');
    if (this.#available < codeLength + extra) return false;
    this.#take(codeLength);
    this.#length = base + this.#take(extra);
    return this.#next(this.#readDistance);
  }

  readonly #readDistance = (): boolean => {
    this.#has(15);
    const entry = this.#distances.decode(this.#bits, this.#available);
    if (entry < 0) return unlessMore(entry);
    this.#take(entry & 15);
    this.#distanceSymbol = entry >> 4;
    return this.#next(this.#copyMatch);
  };

  readonly #copyMatch = (): boolean => {
    const base = DISTANCE_BASES[this.#distanceSymbol];
    const extra = DISTANCE_EXTRA[this.#distanceSymbol] ?? 0;
    if (base === undefined) throw malformed('a distance');
    if (!this.#has(extra)) return false;
    const distance = base + this.#take(extra);
    if (distance > this.#end) throw malformed('a distance');
    const length = this.#length;
    this.#reserve(length);
    const output = this.#output;
    const start = this.#end;
    for (let index = start; index < start + length; index++) output[index] = output[index - distance] ?? 0;
    this.#end = start + length;
    return this.#next(this.#readSymbol);
  };

  /** Makes room for so many more bytes of output. */
  #reserve(count: number): void {
    const needed = this.#end + count;
    if (needed > this.#limit)
      throw new SshError('compressionError', 'Cannot decompress packet: it is larger than it may be');
    if (needed <= this.#output.length) return;
    const larger = new Uint8Array(2 * needed);
    larger.set(this.#output.subarray(0, this.#end));
    this.#output = larger;
  }
}

function makeTable(lengths: Uint8Array): HuffmanTable {
  try {
    return new HuffmanTable(lengths);
  } catch (cause) {
    if (cause instanceof RangeError) throw malformed('its codes');
    throw cause;
  }
}

/** False for a code that is not whole yet. */
function unlessMore(entry: number): false {
  if (entry === NEEDS_MORE) return false;
  throw malformed('a code');
}

function malformed(what: string): SshError {
  return new SshError('compressionError', `Cannot decompress packet: ${what} is malformed`);
}
