// Addresses and networks in text (OpenSSH's addr.c).

/** An address as bytes: 4 for IPv4, 16 for IPv6. */
export type Address = Uint8Array;

const DECIMAL = /^\d{1,3}$/;
/** Without zeros in front: some programs take those for octal, others do not. */
const OCTET = /^(?:0|[1-9]\d{0,2})$/;
/** What inet_aton(3) takes for an address, such as `010.0.0.1` and `10.1`. */
const NUMBERS = /^(?:0x[\da-f]+|\d+)(?:\.(?:0x[\da-f]+|\d+)){0,3}$/i;
/** Bits before the address in IPv4 mapped into IPv6. */
const MAPPED = 96;

/** The addresses that begin with the same bits. */
export interface Network {
  readonly address: Address;
  readonly bits: number;
}

/**
 * A network as `192.0.2.0/24`, or a single address. undefined: not a network but a pattern, as is an address with a zone.
 * `invalid`: bits that the address cannot have, or numbers that are an address for some programs and another for others.
 */
export function parseNetwork(text: string): Network | 'invalid' | undefined {
  const slash = text.indexOf('/');
  const bitsText = slash === -1 ? undefined : text.slice(slash + 1);
  if (bitsText !== undefined && (!DECIMAL.test(bitsText) || Number(bitsText) > 128)) return undefined;
  const plain = slash === -1 ? text : text.slice(0, slash);
  const address = plain.includes('%') ? undefined : parseAddress(plain);
  if (address === undefined) return NUMBERS.test(plain) ? 'invalid' : undefined;
  const all = address.length * 8;
  const before = plain.includes(':') && all === 32 ? MAPPED : 0;
  const bits = bitsText === undefined ? all : Number(bitsText) - before;
  if (bits < 0 || bits > all) return 'invalid';
  const network = { address, bits };
  return address.every((byte, at) => byte === masked(byte, at, bits)) ? network : 'invalid';
}

export function isInNetwork(address: Address, { address: network, bits }: Network): boolean {
  return (
    address.length === network.length && address.every((byte, at) => masked(byte, at, bits) === network[at])
  );
}

/**
 * Whether an address is in one of the networks of a list, as certificates have it; `invalid` if any part of the list is
 * none.
 * @param address Without it, the list is only checked.
 */
export function isInNetworkList(address: string | undefined, list: string): boolean | 'invalid' {
  const own = address === undefined ? undefined : parseAddress(address);
  let isInside = false;
  for (const item of list.split(',')) {
    const network = parseNetwork(item);
    if (network === undefined || network === 'invalid') return 'invalid';
    isInside ||= own !== undefined && isInNetwork(own, network);
  }
  return isInside;
}

/** What a mask of that many bits leaves of the byte at an offset. */
function masked(byte: number, at: number, bits: number): number {
  const kept = Math.min(8, Math.max(0, bits - at * 8));
  return byte & (0xff << (8 - kept)) & 0xff;
}

/** An IPv4 or IPv6 address in text; IPv4 mapped into IPv6 is IPv4. */
export function parseAddress(text: string): Address | undefined {
  const plain = text.replace(/%[^%/]*$/, '');
  const four = parseIpv4(plain);
  if (four !== undefined) return four;
  const six = parseIpv6(plain);
  const mapped = six?.subarray(0, 12).toHex() === '00000000000000000000ffff';
  return mapped ? six?.slice(12) : six;
}

function parseIpv4(text: string): Address | undefined {
  const parts = text.split('.');
  const isValid = parts.length === 4 && parts.every((part) => OCTET.test(part) && Number(part) <= 255);
  return isValid ? Uint8Array.from(parts, Number) : undefined;
}

function parseIpv6(text: string): Address | undefined {
  const halves = text.split('::').map((half) => (half === '' ? [] : half.split(':')));
  const last = halves.at(-1)?.at(-1) ?? '';
  const tail = last.includes('.') ? parseIpv4(last) : new Uint8Array();
  if (halves.length > 2 || tail === undefined) return undefined;
  const words = halves.map((half, at) =>
    at === halves.length - 1 && tail.length > 0 ? half.slice(0, -1) : half,
  );
  if (!words.flat().every((word) => /^[\da-fA-F]{1,4}$/.test(word))) return undefined;
  const [left = [], right] = words.map((half) => half.map((word) => Number.parseInt(word, 16)));
  const wordCount = left.length + (right?.length ?? 0) + tail.length / 2;
  if (right === undefined ? wordCount !== 8 : wordCount > 7) return undefined;
  const zeros = Array.from({ length: 8 - wordCount }, () => 0);
  const all = [...left, ...zeros, ...(right ?? [])];
  return Uint8Array.of(...all.flatMap((word) => [word >> 8, word & 0xff]), ...tail);
}
