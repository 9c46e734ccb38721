import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Metafile } from 'esbuild';
import { bundle, bundleAll } from '#infra/bundle.ts';
import { functionNames, handlerOf } from '#infra/functions.ts';
import { textGateways } from '#infra/text-gateways.ts';
import { FUNCTION } from '#shared/names.ts';
import { type Eager, eagerOf } from '#test/support/eager.ts';

/** Clients that a function uses in addition to the table's client. */
const CLIENTS: Record<string, string[]> = {
  [FUNCTION.handleCommand]: ['client-s3', 'client-secrets-manager'],
  [FUNCTION.serveQuery]: ['client-secrets-manager'],
  [FUNCTION.relayOutbox]: ['client-sns'],
  [FUNCTION.wakeDue]: ['client-secrets-manager', 'client-sns', 'client-sqs'],
  [FUNCTION.sendEmail]: ['client-s3', 'client-sqs'],
  [FUNCTION.receiveEmailEvents]: ['client-sns'],
  [FUNCTION.sendSms]: ['client-sqs'],
  [FUNCTION.postWebhook]: ['client-secrets-manager', 'client-sqs'],
  [FUNCTION.requestWebhooks]: ['client-secrets-manager', 'client-sqs'],
  [FUNCTION.recordEmailFeedback]: ['client-secrets-manager', 'client-sqs'],
  [FUNCTION.recordSmsFeedback]: ['client-secrets-manager', 'client-sqs'],
  [FUNCTION.releaseAttachments]: ['client-s3', 'client-sqs'],
  [FUNCTION.projectStatistics]: ['client-sqs'],
  [FUNCTION.projectOrders]: ['client-sqs'],
  [FUNCTION.runProcess]: ['client-secrets-manager', 'client-sqs'],
  [FUNCTION.runReplay]: [],
};

/** The files of concepts that handle requests. */
const HANDLERS: Record<string, string[]> = {
  [FUNCTION.handleCommand]: ['commands'],
  [FUNCTION.serveQuery]: ['queries'],
};

/** Functions that validate requests with valibot. */
const VALIDATING: string[] = [FUNCTION.handleCommand, FUNCTION.serveQuery];

/** The functions of business domains are not in the lists above. */
const isOfThePlatform = (name: string): boolean => Object.values<string>(FUNCTION).includes(name);

/** Packages that no function loads before its first invocation: large and rarely needed, or not for Lambda. */
const NEVER = [
  /^zod\//,
  /^@valibot\/to-json-schema\//,
  /^undici\//,
  /^@aws-sdk\/credential-provider-(ini|sso|process|web-identity|login|http)\//,
  /^@aws-sdk\/(token-providers|nested-clients)\//,
  /^@smithy\/credential-provider-imds\//,
  /^@aws-lambda-powertools\//,
  /^aws-cdk-lib\//,
];

/** A function calls one or two operations of a service, with schemas of a few KB. The schemas of all of SES are 47 KB. */
const MOST_SCHEMA_BYTES = 12 * 1024;

const inPackages = ({ sources }: Eager): [path: string, bytes: number][] =>
  Object.entries(sources)
    .filter(([path]) => path.includes('node_modules/'))
    .map(([path, bytes]) => [path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), bytes]);

/** The files that a bundle contains code of. */
const sourcesIn = ({ outputs }: Metafile): string[] =>
  Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );

describe('what a function loads before its first invocation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-bundles-'));
  const eager = new Map<string, Eager>();
  const metafiles = new Map<string, Metafile>();
  before(async () => {
    for (const [name, metafile] of Object.entries(await bundleAll(folder))) {
      metafiles.set(name, metafile);
      eager.set(name, eagerOf(metafile));
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is the same, whether a function is bundled with the others or alone', async (t) => {
    const alone = mkdtempSync(join(tmpdir(), 'counterfoil-alone-'));
    t.after(() => rmSync(alone, { recursive: true, force: true }));
    const filesOf = (path: string): [string, string][] =>
      readdirSync(path)
        .sort()
        .map((name) => [name, readFileSync(join(path, name), 'utf8')]);
    for (const name of [FUNCTION.addTenantClaim, FUNCTION.serveQuery]) {
      await bundle(handlerOf(name), join(alone, name));
      assert.deepEqual(filesOf(join(folder, name)), filesOf(join(alone, name)));
    }
  });

  it('the list of orders: only its subscriber, the queries and replays contain its code, so commands do not depend on it', () => {
    const containing = [...metafiles].filter(([, metafile]) =>
      sourcesIn(metafile).some((path) => /\border-list\b/.test(path)),
    );
    assert.deepEqual(
      containing.map(([name]) => name),
      [FUNCTION.projectOrders, FUNCTION.runReplay, FUNCTION.serveQuery],
    );
  });

  for (const name of functionNames()) {
    const packages = (): [path: string, bytes: number][] => inPackages(eager.get(name) as Eager);
    const paths = (): string[] => packages().map(([path]) => path);

    if (isOfThePlatform(name))
      it(`${name}: the table's client, and the other clients that it uses`, () => {
        const clients = paths().map((path) => /^@aws-sdk\/(client-[^/]+)\//.exec(path)?.[1]);
        const loaded = [...new Set(clients.filter((client) => client !== undefined))].sort();
        const table = name === FUNCTION.receiveEmailEvents ? [] : ['client-dynamodb'];
        assert.deepEqual(loaded, [...table, ...(CLIENTS[name] ?? [])].sort());
      });

    it(`${name}: no package that a function should not load`, () => {
      assert.deepEqual(
        paths().filter((path) => NEVER.some((never) => never.test(path))),
        [],
      );
      assert.deepEqual(
        eager.get(name)?.builtins.filter((builtin) => /^(node:)?http$/.test(builtin)),
        [],
        "`import 'node:http'` loads undici",
      );
    });

    if (isOfThePlatform(name))
      it(`${name}: valibot only if it validates requests`, () => {
        const hasValibot = paths().some((path) => path.startsWith('valibot/'));
        assert.equal(hasValibot, VALIDATING.includes(name));
      });

    it(`${name}: of the HTTP API, the routes that it serves, and no generator of descriptions`, () => {
      const sources = sourcesIn(metafiles.get(name) as Metafile);
      const handlers = sources.flatMap((path) => /shared\/[^/]+\/(commands|queries)\.ts$/.exec(path)?.[1] ?? []);
      assert.deepEqual([...new Set(handlers)], HANDLERS[name] ?? []);
      assert.ok(!sources.some((path) => path.includes('/to-json-schema/')));
    });

    it(`${name}: only the schemas of the operations that it calls`, () => {
      const outputs = Object.values((metafiles.get(name) as Metafile).outputs);
      const schemas = outputs
        .flatMap(({ inputs }) => Object.entries(inputs))
        .filter(([path]) => /\/client-[^/]+\/.*\/schemas\/schemas_\d+\.js$/.test(path))
        .map(([path, { bytesInOutput }]): [string, number] => [path, bytesInOutput]);
      assert.ok(schemas.length > 0);
      assert.deepEqual(
        schemas.filter(([, bytes]) => bytes > MOST_SCHEMA_BYTES),
        [],
      );
    });
  }
});

describe('the gateways of text messages', () => {
  it('are files of their own in the bundle, each with the client of its own service only', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-gateways-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    const { outputs } = await bundle(handlerOf(FUNCTION.sendSms), folder);
    // Gateways that use the same client share a chunk.
    const inputsOf = (file: string): string[] => {
      const { inputs = {}, imports = [] } = outputs[file] ?? {};
      const chunks = imports.filter(({ kind, external }) => kind === 'import-statement' && !external);
      return [...Object.keys(inputs), ...chunks.flatMap(({ path }) => inputsOf(path))];
    };
    const clientsOf = (file: string): string[] =>
      inputsOf(file).flatMap((path) => /client-(sns|pinpoint[a-z0-9-]*)/.exec(path)?.[0] ?? []);
    const clients = Object.fromEntries(
      Object.entries(outputs).flatMap(([file, { entryPoint = '' }]) =>
        entryPoint.endsWith('/text-gateway.ts')
          ? [[basename(dirname(entryPoint)), [...new Set(clientsOf(file))]] as const]
          : [],
      ),
    );
    assert.deepEqual(Object.keys(clients).sort(), textGateways.map(({ name }) => name).sort());
    assert.partialDeepStrictEqual(clients, {
      'end-user-messaging': ['client-pinpoint-sms-voice-v2'],
      sns: ['client-sns'],
    });
    assert.ok(
      Object.values(clients).every(({ length }) => length <= 1),
      JSON.stringify(clients),
    );
  });
});

describe('a bundle', () => {
  it('keeps the names of error classes', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-names-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    await bundle(join(import.meta.dirname, '../../shared/once/errors.ts'), folder);
    const { TemporarilyUnavailable } = await import(pathToFileURL(join(folder, 'errors.mjs')).href);
    assert.equal(new TemporarilyUnavailable('').name, 'TemporarilyUnavailable');
  });
});

describe('the list of eager imports', () => {
  const output = (imports: Metafile['outputs'][string]['imports'], inputs: Record<string, number>) => ({
    bytes: 1,
    exports: [],
    imports,
    inputs: Object.fromEntries(Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }])),
  });

  it('follows static imports between chunks, also in cycles, but no dynamic imports', () => {
    const metafile: Metafile = {
      inputs: {},
      outputs: {
        'out/chunks/lazy.mjs': {
          ...output([{ path: 'node:http', kind: 'import-statement', external: true }], { l: 1 }),
        },
        'out/chunks/a.mjs': output(
          [
            { path: 'out/handler.mjs', kind: 'import-statement' },
            { path: 'node:fs', kind: 'import-statement', external: true },
          ],
          { a: 2, shared: 3, shaken: 0 },
        ),
        'out/handler.mjs': output(
          [
            { path: 'out/chunks/a.mjs', kind: 'import-statement' },
            { path: 'out/chunks/lazy.mjs', kind: 'dynamic-import' },
          ],
          { shared: 4 },
        ),
      },
    };
    assert.deepEqual(eagerOf(metafile), { sources: { shared: 7, a: 2 }, builtins: ['node:fs'] });
  });
});
