import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

const root = dirname(import.meta.dirname);

/**
 * Bundles every function under `functions/` in one esbuild run with shared chunks, then gives each
 * function a folder with only what it reaches. One run instead of one per function, and lazy
 * chunks stay lazy.
 * @returns the folder of each function, by name.
 */
export async function bundleFunctions(outdir: string): Promise<Record<string, string>> {
  rmSync(outdir, { recursive: true, force: true });
  const names = functionNames();
  const built = join(outdir, 'all');
  const { metafile } = await build({
    ...esbuildOptions,
    entryPoints: Object.fromEntries(names.map((name) => [name, join(root, 'functions', name, 'handler.ts')])),
    outdir: built,
  });
  return Object.fromEntries(
    names.map((name) => {
      const folder = join(outdir, 'functions', name);
      copyReachable(metafile, built, `${name}.mjs`, folder);
      return [name, folder];
    }),
  );
}

/** Folder names under `functions/`, which are the functions' names everywhere. */
export function functionNames(): string[] {
  return readdirSync(join(root, 'functions'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/**
 * `import 'node:http'` makes Node's lazy getters load undici, about 34 ms of every cold start
 * (nodejs/node #57649); `process.getBuiltinModule` does not. So the names are re-exported from there.
 */
const eagerHttp: Plugin = {
  name: 'eager-http',
  setup(plugin) {
    plugin.onResolve({ filter: /^(node:)?http$/ }, () => ({ path: 'http', namespace: 'eager-http' }));
    plugin.onLoad({ filter: /.*/, namespace: 'eager-http' }, () => ({ contents: eagerHttpModule, loader: 'js' }));
  },
};

const eagerHttpModule = [
  "const http = process.getBuiltinModule('node:http');",
  'export default http;',
  ...[
    'Agent',
    'ClientRequest',
    'IncomingMessage',
    'METHODS',
    'OutgoingMessage',
    'STATUS_CODES',
    'Server',
    'ServerResponse',
    'createServer',
    'get',
    'globalAgent',
    'request',
  ].map((name) => `export const ${name} = http.${name};`),
].join('\n');

const esbuildOptions = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  outExtension: { '.js': '.mjs' },
  chunkNames: 'chunks/[name]-[hash]',
  minify: true,
  keepNames: true,
  // Linked: with external maps `--enable-source-maps` finds nothing.
  sourcemap: 'linked',
  metafile: true,
  logLevel: 'silent',
  plugins: [eagerHttp],
  // CommonJS dependencies call `require` for Node's built-ins; an ES module has none.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
} satisfies BuildOptions;

function copyReachable(metafile: Metafile, built: string, entry: string, folder: string): void {
  const reached = new Set<string>();
  const visit = (output: string): void => {
    if (reached.has(output)) return;
    reached.add(output);
    for (const imported of metafile.outputs[output]?.imports ?? []) {
      if (!imported.external) visit(imported.path);
    }
  };
  visit(relative(root, join(built, entry)));
  for (const output of reached) {
    const source = join(root, output);
    const within = relative(built, source);
    const target = join(folder, within === entry ? 'handler.mjs' : within);
    mkdirSync(dirname(target), { recursive: true });
    cpSync(source, target);
    cpSync(`${source}.map`, join(folder, `${within}.map`));
  }
}
