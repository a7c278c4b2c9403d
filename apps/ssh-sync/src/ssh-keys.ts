import { recognisePrivateKey } from '@orrery/keys';
import { Contents, MAX_KEY_FILE_BYTES, readView, type Client } from '@orrery/vault';

/** The names of the private keys in the account: what every machine of it can read. */
export async function readableKeys({ home, session }: Client): Promise<readonly string[]> {
  let opened: Promise<Contents> | undefined;
  const contents = (): Promise<Contents> => (opened ??= Contents.open(session));
  const { files } = await readView(home, session, contents);
  if (files.size === 0) return [];
  const list = [...files.values()].filter(({ size }) => size <= MAX_KEY_FILE_BYTES);
  const refs = list.map(({ object, hash }) => ({ id: object, hash }));
  const fetched = await (await contents()).readAll(refs);
  return list
    .filter((_file, index) => {
      const content = fetched[index];
      return content instanceof Uint8Array && recognisePrivateKey(content) !== undefined;
    })
    .map(({ name }) => name);
}
