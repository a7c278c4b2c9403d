// Which parts of a login no quantum computer undoes: RequirePQ, PqAlgorithm, and what -v says about it.
import type { Negotiated } from '@orrery/ssh';
import type { Settings } from '../config/settings.ts';
import type { Log } from './log.ts';

export function isPostQuantumExchange(name: string): boolean {
  return /^(?:mlkem|sntrup)/.test(name);
}

export function isPostQuantumKey(algorithm: string): boolean {
  return algorithm.startsWith('ssh-mldsa44-ed25519');
}

/** Whether RequirePQ names a leg. */
export function requires(settings: Settings, leg: 'kex' | 'host' | 'user'): boolean {
  return (settings.get('requirepq') ?? 'none').split(',').includes(leg);
}

/** The methods that PqAlgorithm wants, in its order, before those that are not post-quantum. */
export function preferFamilies(methods: readonly string[], families: string | undefined): readonly string[] {
  if (families === undefined) return methods;
  const wanted = families.split(',').flatMap((family) => methods.filter((name) => name.startsWith(family)));
  return [...wanted, ...methods.filter((name) => !isPostQuantumExchange(name))];
}

/** How the user proved who they are: a signature's name, or another method. */
export interface UserProof {
  readonly method: string;
  readonly algorithm: string | undefined;
}

/** One line for -v: each leg, and whether it is post-quantum. */
export function verdictLine(negotiated: Negotiated, proof: UserProof): string {
  const mark = (is: boolean): string => (is ? 'post-quantum' : 'not post-quantum');
  const user =
    proof.algorithm === undefined
      ? `${proof.method} (as safe as the key exchange)`
      : `${proof.algorithm} (${mark(isPostQuantumKey(proof.algorithm))})`;
  return [
    `Verdict: key exchange ${negotiated.kex} (${mark(isPostQuantumExchange(negotiated.kex))})`,
    `host key ${negotiated.hostKey} (${mark(isPostQuantumKey(negotiated.hostKey))})`,
    `user key ${user}`,
  ].join(', ');
}

/** What was agreed on, in OpenSSH's words. */
export function algorithmLines({ kex, hostKey, toClient, toServer }: Negotiated): readonly string[] {
  const way = ({ cipher, mac, compression }: Negotiated['toClient']): string =>
    `cipher: ${cipher} MAC: ${mac ?? '<implicit>'} compression: ${compression}`;
  return [
    `kex: algorithm: ${kex}`,
    `kex: host key algorithm: ${hostKey}`,
    `kex: server->client ${way(toClient)}`,
    `kex: client->server ${way(toServer)}`,
  ];
}

/** What is recorded now can be read when there are quantum computers; the other legs only matter on the day itself. */
export function warnOfWeakExchange({ kex }: Negotiated, settings: Settings, log: Log): void {
  if (isPostQuantumExchange(kex) || settings.get('warnweakcrypto') === 'no') return;
  log.info(`** WARNING: the key exchange ${kex} is not post-quantum.`);
  log.info('** Whoever records this session may be able to read it later ("store now, decrypt later").');
  log.info(
    '** The server may need an update: OpenSSH has such a key exchange from 8.5 on, and uses it unless told otherwise from 9.0 on.',
  );
}
