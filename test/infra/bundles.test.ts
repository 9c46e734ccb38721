import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Metafile } from 'esbuild';
import { bundle, entriesOf, functionNames } from '#infra/bundle.ts';
import { FUNCTION } from '#shared/names.ts';
import { type Eager, eagerOf } from '#test/support/eager.ts';

/** Clients that a function loads at every cold start besides that of the table, because every invocation calls them. */
const CLIENTS: Record<string, string[]> = {
  [FUNCTION.relayOutbox]: ['client-sns'],
  [FUNCTION.sendEmail]: ['client-sesv2'],
  [`${FUNCTION.sendSms} through sns`]: ['client-sns'],
  [`${FUNCTION.sendSms} through end-user-messaging`]: ['client-pinpoint-sms-voice-v2'],
};

/** Functions that take requests, which valibot validates and describes. */
const VALIDATING: string[] = [FUNCTION.handleCommand];

/** Never before the first invocation, in no function: large and rarely needed, or for places where no Lambda runs. */
const NEVER = [
  /^zod\//,
  /^@valibot\/to-json-schema\//,
  /^undici\//,
  /^@aws-sdk\/credential-provider-(ini|sso|process|web-identity|login|http)\//,
  /^@aws-sdk\/(token-providers|nested-clients)\//,
  /^@smithy\/credential-provider-imds\//,
  /^@aws-lambda-powertools\//,
  /^(sms-segments-calculator|grapheme-splitter)\//,
  /^aws-cdk-lib\//,
];

/** A function calls one or two operations of a service, whose schemas are a few KB. Those of all of SES are 47. */
const MOST_SCHEMA_BYTES = 12 * 1024;

/** What all clients are made of. */
const SDK_CORE = /^@(aws-sdk\/(core|xml-builder)|smithy\/core)\//;

/** Of an entry point's own, which a client that is imported later may not add to: bytes of what all clients share. */
const coreBytes = (eager: Eager): number =>
  inPackages(eager)
    .filter(([path]) => SDK_CORE.test(path))
    .reduce((sum, [, bytes]) => sum + bytes, 0);

const inPackages = ({ sources }: Eager): [path: string, bytes: number][] =>
  Object.entries(sources)
    .filter(([path]) => path.includes('node_modules/'))
    .map(([path, bytes]) => [path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length), bytes]);

/** What each function may begin with, by its name; with its gateway, where there are several. */
const BEGINNINGS = functionNames().flatMap((name) =>
  entriesOf(name).map((source): [name: string, source: string] => {
    const entry = basename(source, '.ts');
    return [entry === 'handler' ? name : `${name} through ${entry}`, source];
  }),
);

describe('what a function loads before its first invocation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-bundles-'));
  const eager = new Map<string, Eager>();
  const metafiles = new Map<string, Metafile>();
  let alone: Eager;
  before(async () => {
    const yardstick = join(import.meta.dirname, '../bench/init/dynamodb-alone.ts');
    alone = eagerOf(await bundle(yardstick, join(folder, 'alone')), basename(yardstick, '.ts'));
    for (const [name, source] of BEGINNINGS) {
      const metafile = await bundle(source, join(folder, name));
      metafiles.set(name, metafile);
      eager.set(name, eagerOf(metafile, basename(source, '.ts')));
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [name] of BEGINNINGS) {
    const packages = (): [path: string, bytes: number][] => inPackages(eager.get(name) as Eager);
    const paths = (): string[] => packages().map(([path]) => path);

    it(`${name}: the table's client, and no other that it can do without`, () => {
      const clients = paths().map((path) => /^@aws-sdk\/(client-[^/]+)\//.exec(path)?.[1]);
      const loaded = [...new Set(clients.filter((client) => client !== undefined))].sort();
      assert.deepEqual(loaded, ['client-dynamodb', ...(CLIENTS[name] ?? [])].sort());
    });

    it(`${name}: nothing that no function needs`, () => {
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

    it(`${name}: valibot only where requests are validated`, () => {
      const hasValibot = paths().some((path) => path.startsWith('valibot/'));
      assert.equal(hasValibot, VALIDATING.includes(name));
    });

    it(`${name}: of its clients, the operations that it calls, also of those that are loaded later`, () => {
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

  for (const name of [FUNCTION.handleCommand, FUNCTION.releaseAttachments, FUNCTION.recordFeedback]) {
    it(`${name}: nothing that only a client needs which it imports later`, () => {
      const bytes = coreBytes(eager.get(name) as Eager);
      // The table's client is asked for more than one operation here, which is a few hundred bytes of its core.
      assert.ok(bytes <= coreBytes(alone) + 1024, `${bytes} bytes of the SDK's core, not ${coreBytes(alone)}`);
    });
  }

  it('handle-command: of its commands, those on orders, which most requests are', () => {
    const commands = Object.keys(eager.get(FUNCTION.handleCommand)?.sources ?? {})
      .filter((path) => path.startsWith('functions/'))
      .map((path) => basename(path));
    assert.deepEqual(commands.sort(), ['command.ts', 'commands.ts', 'further.ts', 'handler.ts', 'orders.ts']);
  });
});

describe('a bundle', () => {
  it('knows errors by the names that they have in their sources', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-names-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    await bundle(join(import.meta.dirname, '../../shared/once/errors.ts'), folder);
    const { TemporarilyUnavailable } = await import(pathToFileURL(join(folder, 'errors.mjs')).href);
    assert.equal(new TemporarilyUnavailable('').name, 'TemporarilyUnavailable');
  });
});

describe('the account of what is eager', () => {
  const output = (imports: Metafile['outputs'][string]['imports'], inputs: Record<string, number>) => ({
    bytes: 1,
    exports: [],
    imports,
    inputs: Object.fromEntries(Object.entries(inputs).map(([path, bytesInOutput]) => [path, { bytesInOutput }])),
  });

  it('follows imports from chunk to chunk, round and round, but not what is imported when it is asked for', () => {
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
