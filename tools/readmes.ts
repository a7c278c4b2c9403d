import { execFile } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const exampleTimeout = 60_000;

export interface Example {
  /** The line of the opening fence, from 1. */
  readonly line: number;
  readonly code: string;
}

/** The fenced code blocks of one language in a Markdown text. */
export function examplesIn(markdown: string, language: string): Example[] {
  const blocks = markdown.matchAll(/^```(\S*)[^\n]*\n(.*?)^```\s*$/gms);
  return [...blocks]
    .filter(([, name]) => name === language)
    .map(({ index, 2: code = '' }) => ({ line: markdown.slice(0, index).split('\n').length, code }));
}

/** Runs the TypeScript examples in the README of every package, each as a file of that package. */
export async function readmeProblems(root: string): Promise<string[]> {
  const problems: string[] = [];
  for (const index of globSync('packages/*/src/index.ts', { cwd: root }).toSorted()) {
    const folder = join(index, '../..');
    const readme = join(folder, 'README.md');
    const text = existsSync(join(root, readme)) ? readFileSync(join(root, readme), 'utf8') : '';
    const examples = examplesIn(text, 'ts');
    if (examples.length === 0) problems.push(`${readme}: has no example in a \`\`\`ts block`);
    for (const { line, code } of examples) {
      const failure = await failureOf(join(root, folder, `.readme-example-${line}-${process.pid}.ts`), code);
      if (failure !== undefined) problems.push(`${readme}:${line}: the example fails: ${failure}`);
    }
  }
  return problems;
}

async function failureOf(path: string, code: string): Promise<string | undefined> {
  await writeFile(path, code);
  try {
    return await new Promise((resolve) => {
      execFile(
        process.execPath,
        [path],
        { cwd: join(path, '..'), timeout: exampleTimeout },
        (error, _out, err) => resolve(error === null ? undefined : err.trim() || error.message),
      );
    });
  } finally {
    await rm(path);
  }
}
