import { shown } from './names.ts';
import { reasonOf } from './reason.ts';

/** What failed where something was to be written; the cause says why. */
class TargetError extends Error {
  override readonly name = 'TargetError';

  constructor(path: string, cause: unknown) {
    super(`cannot write "${shown(path)}": ${reasonOf(cause)}`, { cause });
  }
}

/** @throws {TargetError} for a failure that is the target's. */
export async function writing<T>(
  path: string,
  action: () => T | Promise<T>,
  isTarget: (error: unknown) => boolean = () => true,
): Promise<T> {
  try {
    return await action();
  } catch (error) {
    throw isTarget(error) && !(error instanceof TargetError) ? new TargetError(path, error) : error;
  }
}

/** What failed, and at which of both ends of a copy. */
export function failureOf(source: string, error: unknown): string {
  return error instanceof TargetError ? error.message : `${shown(source)}: ${reasonOf(error)}`;
}
