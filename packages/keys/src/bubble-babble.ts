// Antti Huima's Bubble Babble encoding (draft-huima-babble-01): bytes as words that can be spoken, with a running checksum.
import { insecureSha1 } from '@orrery/crypto';
import { parsePublicKeyBlob } from './public-key.ts';

const VOWELS = 'aeiouy';
const CONSONANTS = 'bcdfghklmnprstvzx';
const MIDDLE = CONSONANTS.length - 1;

/**
 * The fingerprint of a public key blob as `ssh-keygen -B` prints it, which is one of SHA-1. That of a certificate is that of
 * the key it certifies.
 *
 * @throws {FormatError} the blob is not a public key
 */
export function bubbleBabbleFingerprint(blob: Uint8Array): string {
  return bubbleBabble(insecureSha1(parsePublicKeyBlob(blob).certifiedKey ?? blob));
}

/** Words of five letters with `-` between, the first and the last of which begin and end with an x. */
export function bubbleBabble(bytes: Uint8Array): string {
  let text = 'x';
  let checksum = 1;
  for (let at = 0; at + 1 < bytes.length; at += 2) {
    const [first = 0, second = 0] = bytes.subarray(at, at + 2);
    text += syllable(first, checksum) + pair(second);
    checksum = (checksum * 5 + first * 7 + second) % 36;
  }
  const last = bytes.length % 2 === 1 ? bytes.at(-1) : undefined;
  if (last !== undefined) return `${text}${syllable(last, checksum)}x`;
  return `${text}${vowel(checksum % 6)}${consonant(MIDDLE)}${vowel(Math.floor(checksum / 6))}x`;
}

function syllable(byte: number, checksum: number): string {
  return (
    vowel(((byte >> 6) + checksum) % 6) +
    consonant((byte >> 2) & 15) +
    vowel(((byte & 3) + Math.floor(checksum / 6)) % 6)
  );
}

function pair(byte: number): string {
  return `${consonant(byte >> 4)}-${consonant(byte & 15)}`;
}

function vowel(index: number): string {
  return VOWELS.charAt(index);
}

function consonant(index: number): string {
  return CONSONANTS.charAt(index);
}
