import { readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';

/** The folders of the packages of others that these modules belong to. */
export function packageFolders(modules: readonly string[]): Set<string> {
  const packageOf = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+(?=[\\/])/;
  return new Set(modules.flatMap((path) => packageOf.exec(path)?.[0] ?? []));
}

/** What the licence of a package asks whoever passes it on to pass on too. */
export function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const texts = readdirSync(folder)
    .filter((file) => /^(?:licen[cs]e|notice|copying)/i.test(file))
    .toSorted()
    .map((file) => readFileSync(folder + sep + file, 'utf8').trim());
  return [`${name} ${version} (${license})`, ...texts, ''].join('\n\n');
}
