import { recognisePrivateKey } from '@orrery/keys';
import { currentContent } from './acceptance.ts';
import type { Attempt } from './attempt.ts';
import type { Change } from './changes.ts';

/** What a change replaces, and by what, in stored form; undefined: no such file. */
export interface Preview {
  readonly name: string;
  readonly where: 'here' | 'server';
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
  /** Either side is a private key, whose bytes are not for a screen. */
  readonly secret: boolean;
}

/** The changes as a person compares them. Reads from the server what would be replaced there. */
export async function previewChanges(
  attempt: Attempt,
  changes: readonly Change[],
): Promise<readonly Preview[]> {
  const uploads = changes.filter(({ toServer }) => toServer !== undefined);
  const known = uploads.flatMap(({ name }) => attempt.remote.get(name) ?? []);
  const refs = known.map(({ object, hash }) => ({ id: object, hash }));
  const fetched = refs.length === 0 ? [] : await (await attempt.contents()).readAll(refs);
  const remote = new Map(known.map(({ name }, index) => [name, fetched[index]]));
  return changes.flatMap(({ name, toDisk, toServer }) => {
    const previews: Preview[] = [];
    if (toDisk !== undefined)
      previews.push(compare(name, 'here', currentContent(attempt, name), toDisk?.bytes));
    if (toServer !== undefined) {
      const there = remote.get(name);
      previews.push(
        compare(name, 'server', there instanceof Uint8Array ? there : undefined, toServer?.bytes),
      );
    }
    return previews;
  });
}

function compare(
  name: string,
  where: Preview['where'],
  before: Uint8Array | undefined,
  after: Uint8Array | undefined,
): Preview {
  const secret = [before, after].some(
    (bytes) => bytes !== undefined && recognisePrivateKey(bytes) !== undefined,
  );
  return { name, where, before, after, secret };
}
