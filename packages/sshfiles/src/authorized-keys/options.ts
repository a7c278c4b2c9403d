// The options of authorized_keys.
import { type KeyOption, type KnownOptions, parseOptions } from '@orrery/keys';
import type { ByteString } from '../config/tokens.ts';

const flags: KnownOptions['flags'] = new Map([
  ['cert-authority', { negatable: false }],
  ['restrict', { negatable: false }],
  ['agent-forwarding', { negatable: true }],
  ['port-forwarding', { negatable: true }],
  ['x11-forwarding', { negatable: true }],
  ['touch-required', { negatable: true }],
  ['verify-required', { negatable: true }],
  ['pty', { negatable: true }],
  ['user-rc', { negatable: true }],
]);

const valued: KnownOptions['valued'] = new Set([
  'command',
  'environment',
  'expiry-time',
  'from',
  'permitlisten',
  'permitopen',
  'principals',
  'tunnel',
]);

/** Options separated by commas. @throws {SyntaxError} for an option that is not known, and for what is not an option. */
export function parseKeyOptions(text: ByteString): KeyOption[] {
  return parseOptions(text, { flags, valued });
}
