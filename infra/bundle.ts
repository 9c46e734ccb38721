import { globSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { brotliCompressSync } from 'node:zlib';
import { type BuildOptions, build, type Metafile, type Plugin } from 'esbuild';
import { builtOnce, keyOf } from './build-cache.ts';
import { functionNames, handlerOf } from './functions.ts';

const root = dirname(import.meta.dirname);

/** Files that a bundle is built from. The version of Node is the only other input. */
export const BUNDLE_SOURCES = [
  'functions/**/*.ts',
  'shared/**/*.ts',
  'infra/bundle.ts',
  'infra/functions.ts',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
];

/**
 * Bundles every function under `functions/` separately. Shared chunks would be smaller in total, but a cold start has to
 * find, read and link every chunk, and a chunk contains code of other functions.
 * If the sources have not changed since an earlier call, nothing is built.
 * @returns the folder of each function, by name. The folders belong to a cache: copy them, and do not change them.
 */
export async function bundleFunctions(): Promise<Record<string, string>> {
  const folder = await builtOnce('bundles', keyOf(BUNDLE_SOURCES, []), async (outdir) => {
    await bundleAll(outdir);
  });
  return Object.fromEntries(functionNames().map((name) => [name, join(folder, name)]));
}

/**
 * Bundles every function into a folder of its name. One call for all of them, because esbuild then parses the SDK once.
 * The result is the same as with a call of `bundle` for each.
 * @returns esbuild's metafile of each function.
 */
export async function bundleAll(outdir: string): Promise<Record<string, Metafile>> {
  const entryPoints = Object.fromEntries(functionNames().map((name) => [join(name, 'handler'), handlerOf(name)]));
  const { inputs, outputs } = await bundleInto(outdir, entryPoints);
  return Object.fromEntries(
    functionNames().map((name) => {
      const own = Object.entries(outputs).filter(([path]) => dirname(join(root, path)) === join(outdir, name));
      return [name, { inputs, outputs: Object.fromEntries(own) }];
    }),
  );
}

/**
 * Bundles one entry point with its imports into a file of the same name.
 * @returns esbuild's metafile: the size, the inputs and the imports of each output.
 */
export const bundle = (entryPoint: string, folder: string): Promise<Metafile> =>
  bundleInto(folder, { [basename(entryPoint, '.ts')]: entryPoint });

/** Bundles one entry point as `bundle` does, but without our plugins, which leave out parts of the SDK. */
export const bundleWhole = (entryPoint: string, folder: string): Promise<Metafile> =>
  bundleInto(folder, { [basename(entryPoint, '.ts')]: entryPoint }, []);

async function bundleInto(
  outdir: string,
  entryPoints: Record<string, string>,
  plugins = esbuildOptions.plugins,
): Promise<Metafile> {
  const { metafile } = await build({ ...esbuildOptions, plugins, entryPoints, outdir });
  return metafile;
}

/**
 * `import 'node:http'` makes Node's lazy getters load undici, which costs about 34 ms of every cold start (nodejs/node
 * #57649). `process.getBuiltinModule` does not, so this module re-exports the names from there.
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
 * An AWS client has one schema file for all of its operations. esbuild cannot remove unused schemas with a computed key
 * (`{ [_h]: … }`), because evaluating the key might have side effects. With the literal text instead of the constant,
 * it can. For SES, this removes nine tenths.
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
 * SES's client signs with a class for multi-region signatures (SigV4A). The class needs another package, which is not
 * installed, and no request here asks for such a signature. It then delegates everything to `SignatureV4`, so this
 * module uses that class directly.
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
 * Modules of the SDK that no function on Lambda reaches, and what replaces them. They are a quarter of what esbuild
 * would parse.
 */
const WITHOUT = new Map([
  // Lambda passes credentials in variables. The SDK would also look into files, and ask SSO, STS and other services.
  [
    '@aws-sdk/credential-provider-node',
    "export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';",
  ],
  // The SDK imports it for operations that stream events.
  ['@smithy/core/event-streams', "throw new Error('infra/bundle.ts leaves out the event streams of the SDK.');"],
]);

const notOnLambda: Plugin = {
  name: 'not-on-lambda',
  setup(plugin) {
    plugin.onResolve({ filter: /^@aws-sdk\/credential-provider-node$/ }, ({ path }) => ({
      path,
      namespace: 'not-on-lambda',
    }));
    plugin.onResolve({ filter: /^@smithy\/core\/event-streams$/ }, ({ path, kind }) =>
      kind === 'dynamic-import' ? { path, namespace: 'not-on-lambda' } : undefined,
    );
    plugin.onLoad({ filter: /.*/, namespace: 'not-on-lambda' }, ({ path }) => ({
      contents: WITHOUT.get(path) ?? '',
      resolveDir: root,
    }));
  },
};

/**
 * Our code imports the provider that a stage has chosen by the name of its folder. For such an import, esbuild wraps
 * everything that it can reach, the SDK too, so that it can run later, and keeps what is not used. A bundle therefore
 * imports the providers of all folders at its start, and the name chooses one.
 */
const allFolders: Plugin = {
  name: 'all-folders',
  setup(plugin) {
    plugin.onLoad({ filter: /[\\/]shared[\\/]adapters[\\/]aws[\\/]providers[\\/][^\\/]+\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const [, file] = BY_FOLDER.exec(source) ?? [];
      if (file === undefined) return undefined;
      const folders = globSync(`*/${file}`, { cwd: dirname(path) }).map((found) => dirname(found));
      const imports = folders.map((folder, index) => `import * as folder${index} from './${folder}/${file}';`);
      const table = `{ ${folders.map((folder, index) => `'${folder}': folder${index}`).join(', ')} }`;
      const missing = `Promise.reject(new Error(\`There is no folder \${name}.\`))`;
      // The imports are at the end, so that the lines in stack traces stay the same.
      const contents = [source.replace(BY_FOLDER, () => `(${table}[name] ?? ${missing})`), ...imports].join('\n');
      return { contents, loader: 'ts', resolveDir: dirname(path) };
    });
  },
};

const BY_FOLDER = /\bimport\(`\.\/\$\{name\}\/([a-z-]+\.ts)`\)/;

/**
 * The library that counts the parts of a text message splits graphemes with a table of 23 KB. Node has its own table,
 * which is newer, and with which we split graphemes, too.
 */
const graphemesOfNode: Plugin = {
  name: 'graphemes-of-node',
  setup(plugin) {
    plugin.onResolve({ filter: /^grapheme-splitter$/ }, ({ path }) => ({ path, namespace: 'graphemes-of-node' }));
    plugin.onLoad({ filter: /.*/, namespace: 'graphemes-of-node' }, () => ({ contents: graphemesModule }));
  },
};

const graphemesModule = `
  export default class GraphemeSplitter {
    splitGraphemes(text) {
      return Array.from(new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text), ({ segment }) => segment);
    }
  }`;

/**
 * A `document.ts` holds only texts, which are derived from routes and schemas. It is run while bundling, so a function
 * contains the texts and not what they are derived from: the routes of other functions, and the schema generator. The
 * texts are compressed, because each cold start parses the whole bundle.
 */
const computedDocument: Plugin = {
  name: 'computed-document',
  setup(plugin) {
    plugin.onLoad({ filter: /[\\/](shared|functions)[\\/][^\\/]+[\\/]document\.ts$/ }, async ({ path }) => {
      const texts = Object.entries<string>(await import(pathToFileURL(path).href));
      const constants = texts.map(([name, text]) => {
        const compressed = brotliCompressSync(text).toString('base64');
        return `export const ${name} = brotliDecompressSync(Buffer.from('${compressed}', 'base64')).toString();`;
      });
      return { contents: [`import { brotliDecompressSync } from 'node:zlib';`, ...constants].join('\n') };
    });
  },
};

const esbuildOptions = {
  absWorkingDir: root,
  plugins: [eagerHttp, literalKeys, oneRegion, notOnLambda, allFolders, graphemesOfNode, computedDocument],
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  mainFields: ['module', 'main'],
  outExtension: { '.js': '.mjs' },
  minify: true,
  // Linked, because `--enable-source-maps` does not find external maps.
  sourcemap: 'linked',
  // A stack trace needs only positions and names from a source map, and every cold start parses the map.
  sourcesContent: false,
  metafile: true,
  logLevel: 'silent',
  // CommonJS dependencies call `require` for Node's built-ins. An ES module has no `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
} satisfies BuildOptions;
