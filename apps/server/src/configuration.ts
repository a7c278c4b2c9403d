import { sha256 } from '@orrery/crypto';
import { UsageError } from '@orrery/terminal';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { limitNames, standardLimits, type LimitName, type Limits } from './limits.ts';
import { logLevels, type LogLevel } from './log.ts';
import { normalOrigin } from './origin.ts';

/** Who may open an account. */
export type Registration =
  | { readonly kind: 'open' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'token'; /** SHA-256 of the token. */ readonly hash: Uint8Array };

export interface Configuration {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Path of the SQLite database. */
  readonly database: string;
  readonly registration: Registration;
  /** Paths of PEM files. */
  readonly tls: { readonly certificate: string; readonly key: string } | undefined;
  readonly trustProxy: boolean;
  /** In normal form; undefined if the operator named none. */
  readonly origins: readonly string[] | undefined;
  readonly metrics: (typeof metricsAudiences)[number];
  readonly logLevel: LogLevel;
  readonly limits: Limits;
}

/** Who may read /metrics: this machine, or everyone. */
const metricsAudiences = ['local', 'all'] as const;

const LISTEN = /^(?:\[(?<ipv6>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]+)):(?<port>\d{1,5})$/;
const MAX_SECRET_FILE = 4096;

const listen = z.string().transform((text, context) => {
  const { ipv6, host, port } = LISTEN.exec(text)?.groups ?? {};
  const name = ipv6 ?? host;
  if (name !== undefined && Number(port) <= 65_535) return { host: name, port: Number(port) };
  context.addIssue('HOST:PORT expected, such as 127.0.0.1:3000 or [::]:3000');
  return z.NEVER;
});

const database = z
  .string()
  .startsWith('sqlite:', 'sqlite:FILE expected')
  .transform((text) => text.slice('sqlite:'.length))
  .refine((file) => file !== '' && file !== ':memory:', 'sqlite:FILE expected')
  .transform((file) => resolve(file));

const registration = z.string().transform((text, context): Registration => {
  if (text === 'open' || text === 'closed') return { kind: text };
  const secret = text.startsWith('token:') ? readSecret(text.slice('token:'.length)) : '';
  if (secret !== '') return { kind: 'token', hash: sha256(new TextEncoder().encode(secret)) };
  context.addIssue('open, closed, token:SECRET or token:@FILE expected');
  return z.NEVER;
});

const origin = z.string().transform((text, context) => {
  const normal = normalOrigin(text);
  if (normal !== undefined && new URL(text).pathname === '/') return normal;
  context.addIssue('an http or https URL without a path expected');
  return z.NEVER;
});

const count = z
  .string()
  .regex(/^\d{1,15}$/, 'a whole number expected')
  .transform(Number);

const databaseSchema = z.object({ database: database.default(() => defaultDatabase()) });
const schema = databaseSchema.extend({
  listen,
  registration,
  tlsCert: z.string().optional(),
  tlsKey: z.string().optional(),
  trustProxy: z.boolean().default(false),
  origin: z.array(origin).optional(),
  metrics: z.enum(metricsAudiences, 'local or all expected'),
  logLevel: z.enum(logLevels, `one of ${logLevels.join(', ')} expected`),
});
const limitSchema = z.partialRecord(z.enum(limitNames), count);

/** Checks what the command line gave. @throws {UsageError} */
export function readConfiguration(options: Readonly<Record<string, unknown>>): Configuration {
  const given = parse(schema, options);
  const limits = parse(limitSchema, pickLimits(options));
  const { tlsCert, tlsKey } = given;
  if ((tlsCert === undefined) !== (tlsKey === undefined))
    throw new UsageError('Cannot use TLS: --tls-cert and --tls-key belong together');
  return {
    ...given.listen,
    database: given.database,
    registration: given.registration,
    tls: tlsCert === undefined || tlsKey === undefined ? undefined : { certificate: tlsCert, key: tlsKey },
    trustProxy: given.trustProxy,
    origins: given.origin,
    metrics: given.metrics,
    logLevel: given.logLevel,
    limits: { ...standardLimits, ...limits },
  };
}

/** What `--database` names. @throws {UsageError} */
export function readDatabase(options: Readonly<Record<string, unknown>>): string {
  return parse(databaseSchema, options).database;
}

/** In the folder for what programs keep: $XDG_STATE_HOME, or ~/.local/state. */
export function defaultDatabase(): string {
  const xdg = process.env['XDG_STATE_HOME'] ?? '';
  return join(xdg === '' ? join(homedir(), '.local', 'state') : xdg, 'orrery', 'server', 'vault.sqlite');
}

function parse<T>(shape: z.ZodType<T>, options: Readonly<Record<string, unknown>>): T {
  const result = shape.safeParse(options);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const [name, ...place] = issue?.path ?? [];
  const value = valueAt(options, name, place[0]);
  // A registration policy may be a secret with one letter wrong.
  const shown = typeof value === 'string' && name !== 'registration' ? ` "${value}"` : '';
  throw new UsageError(`Cannot use ${flagOf(String(name))}${shown}: ${issue?.message}`);
}

function valueAt(options: Readonly<Record<string, unknown>>, name: unknown, index: unknown): unknown {
  const value = typeof name === 'string' ? options[name] : undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [];
  return typeof index === 'number' ? list[index] : value;
}

function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}

function pickLimits(options: Readonly<Record<string, unknown>>): Partial<Record<LimitName, unknown>> {
  return Object.fromEntries(
    limitNames.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
}

/** The secret itself, or the first line of the file that `@FILE` names. */
function readSecret(text: string): string {
  if (!text.startsWith('@')) return text;
  const path = text.slice(1);
  try {
    return readFileSync(path, 'utf8').slice(0, MAX_SECRET_FILE).split('\n', 1)[0]?.trim() ?? '';
  } catch (cause) {
    const why = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new UsageError(`Cannot read registration token from "${path}": ${why}`, { cause });
  }
}
