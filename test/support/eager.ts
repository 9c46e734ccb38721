import type { Metafile } from 'esbuild';

/** What is loaded before an entry point has run: its own output and all that it imports, but not with `import()`. */
export type Eager = {
  /** Bytes of each source that ended up in it, by the path that esbuild gives it. */
  sources: Record<string, number>;
  /** Modules of Node that it imports. */
  builtins: string[];
};

/** Reads it off esbuild's account of a function's bundle. @param name of its first file */
export function eagerOf({ outputs }: Metafile, name = 'handler'): Eager {
  // Every lazy chunk is an entry point of its own, so it is known by its name.
  const entry = Object.keys(outputs).find((path) => path.endsWith(`/${name}.mjs`));
  if (entry === undefined) throw new Error(`The bundle has no ${name}.mjs.`);
  const builtins = new Set<string>();
  const reached = new Set([entry]);
  // A set visits what is added to it on the way.
  for (const output of reached) {
    for (const { path, kind, external } of outputs[output]?.imports ?? []) {
      if (kind !== 'dynamic-import') (external ? builtins : reached).add(path);
    }
  }
  return { sources: sourcesOf([...reached], outputs), builtins: [...builtins].sort() };
}

function sourcesOf(reached: string[], outputs: Metafile['outputs']): Record<string, number> {
  const sources: Record<string, number> = {};
  for (const [path, { bytesInOutput }] of reached.flatMap((output) => Object.entries(outputs[output]?.inputs ?? {}))) {
    if (bytesInOutput > 0) sources[path] = (sources[path] ?? 0) + bytesInOutput;
  }
  return sources;
}
