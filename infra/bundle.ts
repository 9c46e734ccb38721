import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, type BuildResult, build, type Metafile, type Plugin } from 'esbuild';
import { builtOnce, keyOf } from './build-cache.ts';

const root = dirname(import.meta.dirname);

/** What a bundle is made from, besides the version of Node. */
export const BUNDLE_SOURCES = [
  'functions/**/*.ts',
  'shared/**/*.ts',
  'infra/bundle.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

/**
 * Bundles every function under `functions/`, each by itself: shared chunks would be built once, but every
 * chunk is a file that a cold start has to find, read and link, with code of other functions in it.
 * Nothing is built while the sources are those of an earlier call.
 * @returns the folder of each function, by name. It is kept in a cache: copy it, and do not change it.
 */
export async function bundleFunctions(): Promise<Record<string, string>> {
  const folder = await builtOnce('bundles', keyOf(BUNDLE_SOURCES, []), bundleAll);
  return Object.fromEntries(functionNames().map((name) => [name, join(folder, name)]));
}

async function bundleAll(outdir: string): Promise<void> {
  const clients: Clients = new Map();
  await Promise.all(
    functionNames().flatMap((name) => entriesOf(name).map((entry) => bundle(entry, join(outdir, name), clients))),
  );
}

/** Clients that are bundled apart, by their source: several functions have the same ones. */
type Clients = Map<string, Promise<BuildResult<typeof apartOptions>>>;

/**
 * Bundles one entry point with what it imports into a file of its name. What is imported with `import()` goes into
 * files beside it, so that it is read when it is asked for.
 * @param clients those that were bundled already, into folders beside this one.
 * @returns esbuild's account of the outputs: their sizes, what is in them and what they import.
 */
export async function bundle(entryPoint: string, folder: string, clients: Clients = new Map()): Promise<Metafile> {
  const sources = new Set<string>();
  const plugins = [...PLUGINS, clientsApart(sources)];
  const entryPoints = { [basename(entryPoint, '.ts')]: entryPoint };
  const { metafile } = await build({ ...esbuildOptions, plugins, entryPoints, outdir: folder });
  const apart = await Promise.all([...sources].map((source) => bundleApart(source, folder, clients)));
  return {
    inputs: Object.assign({}, metafile.inputs, ...apart.map(({ inputs }) => inputs)),
    outputs: Object.assign({}, metafile.outputs, ...apart.map(({ outputs }) => outputs)),
  };
}

async function bundleApart(source: string, folder: string, clients: Clients): Promise<Metafile> {
  const entryPoints = { [basename(source, '.ts')]: source };
  const built = clients.get(source) ?? build({ ...apartOptions, entryPoints, outdir: folder });
  clients.set(source, built);
  const { outputFiles, metafile } = await built;
  for (const { path, contents } of outputFiles) writeFileSync(join(folder, basename(path)), contents);
  return metafile;
}

/**
 * The sources that a function may begin with: `handler.ts`, or one for each gateway of text messages, of which the
 * stage chooses one. A cold start reads nothing of the other's client then.
 */
export function entriesOf(name: string): string[] {
  const folder = join(root, 'functions', name);
  const isAlone = readdirSync(folder).includes('handler.ts');
  const files = isAlone ? ['handler.ts'] : readdirSync(folder);
  return files.sort().map((file) => join(folder, file));
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
 * SES's client signs with a class that can sign for several regions at once, if another package is there and a request
 * asks for it. It is not, and none does, and the class then hands everything to the one that signs here.
 */
const oneRegion: Plugin = {
  name: 'one-region',
  setup(plugin) {
    plugin.onResolve({ filter: /^@aws-sdk\/signature-v4-multi-region$/ }, ({ importer }) =>
      /[\\/]client-sesv2[\\/]/.test(importer) ? { path: 'signer', namespace: 'one-region' } : undefined,
    );
    plugin.onLoad({ filter: /.*/, namespace: 'one-region' }, () => ({ contents: oneRegionModule, resolveDir: root }));
  },
};

const oneRegionModule = `
  import { SignatureV4 } from '@smithy/signature-v4';
  export class SignatureV4MultiRegion extends SignatureV4 {
    static sigv4aDependency() {
      return 'none';
    }
  }`;

/**
 * A client that is imported when it is first called (`…-client.ts`, or what stands around it: `…-publisher.ts`,
 * `…-provider.ts`) is bundled apart, with the whole of what it needs. It may keep nothing that others are to see, and
 * its errors are known by their names. What it shares with the table's client would become a chunk that both import, so
 * that every cold start would load the parts that only the other one calls: a bundler splits files, and not what is in
 * them.
 * @param sources gets the clients that are met.
 */
const clientsApart = (sources: Set<string>): Plugin => ({
  name: 'clients-apart',
  setup(plugin) {
    plugin.onResolve({ filter: /-(client|publisher|provider)\.ts$/ }, async ({ path, kind, ...place }) => {
      if (kind !== 'dynamic-import' || place.pluginData === RESOLVING) return undefined;
      const { path: source } = await plugin.resolve(path, { ...place, kind, pluginData: RESOLVING });
      sources.add(source);
      return { path: `./${basename(source, '.ts')}.mjs`, external: true };
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

/** What every bundle needs. */
const PLUGINS = [eagerHttp, literalKeys, oneRegion];

/** Held in memory, and written into the folder of each function that has the client. */
const apartOptions = { ...esbuildOptions, plugins: PLUGINS, write: false } satisfies BuildOptions;
