import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';

const root = dirname(import.meta.dirname);

/**
 * Bundles every function under `functions/`, each by itself: shared chunks would be built once, but every
 * chunk is a file that a cold start has to find, read and link, with code of other functions in it.
 * @returns the folder of each function, by name.
 */
export async function bundleFunctions(outdir: string): Promise<Record<string, string>> {
  rmSync(outdir, { recursive: true, force: true });
  const bundles = functionNames().map(async (name) => {
    const folder = join(outdir, 'functions', name);
    await bundle(handlerOf(name), folder);
    return [name, folder];
  });
  return Object.fromEntries(await Promise.all(bundles));
}

/**
 * Bundles one entry point with what it imports into `handler.mjs` of a folder. What is imported with
 * `import()` goes into files beside it, so that it is read when it is asked for.
 * @returns esbuild's account of the outputs: their sizes, what is in them and what they import.
 */
export async function bundle(entryPoint: string, folder: string): Promise<Metafile> {
  const clients = new Map<string, string>();
  const plugins = [eagerHttp, literalKeys, clientsApart(clients)];
  const own = await build({ ...esbuildOptions, plugins, entryPoints: { handler: entryPoint }, outdir: folder });
  // A client imports no other with `import()`, so what it needs is complete.
  const apart = await build({
    ...esbuildOptions,
    plugins: [eagerHttp, literalKeys],
    entryPoints: Object.fromEntries(clients),
    outdir: folder,
  });
  return {
    inputs: { ...own.metafile.inputs, ...apart.metafile.inputs },
    outputs: { ...own.metafile.outputs, ...apart.metafile.outputs },
  };
}

/** The source that a function's bundle begins with. */
export const handlerOf = (name: string): string => join(root, 'functions', name, 'handler.ts');

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

/**
 * The schemas of an AWS client are one file for all of its operations. esbuild cannot leave out the unused
 * ones that have a computed key (`{ [_h]: … }`), for it might run code; with the text that stands behind
 * the name it can. Of SES that is nine tenths.
 */
const literalKeys: Plugin = {
  name: 'literal-keys',
  setup(plugin) {
    plugin.onLoad({ filter: /[\\/]schemas[\\/]schemas_\d+\.js$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const texts = new Map(
        Array.from(source.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm), ([, name, text]) => [name, text]),
      );
      return {
        contents: source.replace(/\[(_\w+)\]:/g, (key, name) => (texts.has(name) ? `${texts.get(name)}:` : key)),
        loader: 'js',
      };
    });
  },
};

/**
 * A client that is imported when it is first called (`…-client.ts`) is bundled apart, with the whole of what it needs.
 * What it shares with the table's client would become a chunk that both import, so that every cold start would load
 * the parts that only the other one calls: a bundler splits files, and not what is in them.
 * @param clients the sources that were met, by the name of the file that they become.
 */
const clientsApart = (clients: Map<string, string>): Plugin => ({
  name: 'clients-apart',
  setup(plugin) {
    plugin.onResolve({ filter: /-client\.ts$/ }, async ({ path, kind, ...place }) => {
      if (kind !== 'dynamic-import' || place.pluginData === RESOLVING) return undefined;
      const { path: source } = await plugin.resolve(path, { ...place, kind, pluginData: RESOLVING });
      const name = basename(source, '.ts');
      clients.set(name, source);
      return { path: `./${name}.mjs`, external: true };
    });
  },
});

/** Tells our own question to esbuild from the one that we were asked. */
const RESOLVING = Symbol('resolving');

const esbuildOptions = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  outExtension: { '.js': '.mjs' },
  // In one folder, so that a file is imported by the same name from everywhere.
  chunkNames: '[name]-[hash]',
  minify: true,
  // Linked: with external maps `--enable-source-maps` finds nothing.
  sourcemap: 'linked',
  // Places and names are all that a stack trace takes from a map, and every cold start parses it.
  sourcesContent: false,
  metafile: true,
  logLevel: 'silent',
  // CommonJS dependencies call `require` for Node's built-ins; an ES module has none.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
} satisfies BuildOptions;
