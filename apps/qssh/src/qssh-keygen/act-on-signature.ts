import { valueOf } from './command-line.ts';
import { KeygenError, type Session } from './session.ts';
import { signFiles } from './sign-files.ts';
import { checkSignature, findSigners, matchSigners, verifySignature } from './verify-signatures.ts';

const operations: Readonly<Record<string, (session: Session) => Promise<number>>> = {
  sign: signFiles,
  verify: verifySignature,
  'check-novalidate': checkSignature,
  'find-principals': findSigners,
  'match-principals': matchSigners,
};

/** What -Y names. */
export async function actOnSignature(session: Session): Promise<number> {
  const name = valueOf(session.line, 'Y') ?? '';
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined) throw new KeygenError(`Unsupported operation for -Y: "${name}"`, 1);
  return operation(session);
}
