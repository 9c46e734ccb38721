import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
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
  await Promise.all(functionNames().map((name) => bundle(handlerOf(name), join(outdir, name))));
}

/**
 * Bundles one entry point with what it imports into a file of its name. What is imported with `import()` goes into
 * files beside it, so that it is read when it is asked for.
 * @returns esbuild's account of the outputs: their sizes, what is in them and what they import.
 */
export async function bundle(entryPoint: string, folder: string): Promise<Metafile> {
  const entryPoints = { [basename(entryPoint, '.ts')]: entryPoint };
  const { metafile } = await build({ ...esbuildOptions, entryPoints, outdir: folder });
  return metafile;
}

/** The source that a function begins with. */
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

const esbuildOptions = {
  absWorkingDir: root,
  plugins: [eagerHttp, literalKeys, oneRegion],
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
