import { parseSync } from 'rolldown/utils';

/** An import as written; `specifier` is undefined where an expression decides at run time. */
export interface Import {
  readonly specifier: string | undefined;
  readonly line: number;
}

/** Everything that a TypeScript or JavaScript file imports: statically, by re-export, dynamically, as a type. */
export function importsOf(path: string, source: string): Import[] {
  const { module, errors } = parseSync(path, source);
  if (errors[0] !== undefined) throw new SyntaxError(`Cannot read "${path}": ${errors[0].message}`);
  const lineOf = (offset: number): number => source.slice(0, offset).split('\n').length;
  return [
    ...module.staticImports.map(({ moduleRequest }) => moduleRequest),
    ...module.staticExports.flatMap(({ entries }) => entries.flatMap((entry) => entry.moduleRequest ?? [])),
    ...module.dynamicImports.map(({ moduleRequest: { start, end } }) => ({
      start,
      value: literal(source.slice(start, end)),
    })),
  ].map(({ value, start }) => ({ specifier: value, line: lineOf(start) }));
}

function literal(expression: string): string | undefined {
  return /^(['"])([^'"\\]*)\1$/.exec(expression)?.[2];
}
