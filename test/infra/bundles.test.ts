import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Metafile } from 'esbuild';
import { bundle, bundleAll } from '#infra/bundle.ts';
import { functionNames, handlerOf } from '#infra/functions.ts';
import { textGateways } from '#infra/text-gateways.ts';
import { FUNCTION } from '#shared/names.ts';
import { fitted } from '#shared/notification/rendering/sms-fitting.ts';

/** Functions that do not use the table. */
const WITHOUT_TABLE: string[] = [FUNCTION.receiveEmailEvents, FUNCTION.publishHints];

/** Clients that a function uses in addition to the table's client. */
const CLIENTS: Record<string, string[]> = {
  [FUNCTION.handleCommand]: ['client-s3', 'client-secrets-manager'],
  [FUNCTION.serveQuery]: ['client-secrets-manager'],
  [FUNCTION.planRedrive]: ['client-secrets-manager'],
  [FUNCTION.relayOutbox]: ['client-sns'],
  [FUNCTION.wakeDue]: ['client-secrets-manager', 'client-sesv2', 'client-sns', 'client-sqs'],
  [FUNCTION.sendEmail]: ['client-s3', 'client-secrets-manager', 'client-sesv2', 'client-sqs'],
  [FUNCTION.receiveEmailEvents]: ['client-sns'],
  [FUNCTION.sendSms]: ['client-pinpoint-sms-voice-v2', 'client-sns', 'client-sqs'],
  [FUNCTION.postWebhook]: ['client-secrets-manager', 'client-sqs'],
  [FUNCTION.requestWebhooks]: ['client-secrets-manager', 'client-sqs'],
  [FUNCTION.recordEmailFeedback]: ['client-secrets-manager', 'client-sqs'],
  [FUNCTION.recordSmsFeedback]: ['client-secrets-manager', 'client-sqs'],
  [FUNCTION.releaseAttachments]: ['client-s3', 'client-sqs'],
  [FUNCTION.projectStatistics]: ['client-sqs'],
  [FUNCTION.projectOrders]: ['client-sqs'],
  [FUNCTION.runProcess]: ['client-secrets-manager', 'client-sqs'],
  [FUNCTION.collectDeadLetters]: ['client-secrets-manager'],
  [FUNCTION.runRedrive]: ['client-sqs'],
  [FUNCTION.watchLanes]: ['client-lambda', 'client-sqs'],
  [FUNCTION.runReplay]: [],
  [FUNCTION.redriveOnAlarm]: [],
};

/** The files of concepts that handle requests. */
const HANDLERS: Record<string, string[]> = {
  [FUNCTION.handleCommand]: ['commands'],
  [FUNCTION.serveQuery]: ['queries'],
  [FUNCTION.planRedrive]: ['commands'],
};

/** Functions that validate requests with valibot. */
const VALIDATING: string[] = [FUNCTION.handleCommand, FUNCTION.serveQuery, FUNCTION.planRedrive];

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

/** The files that a bundle contains code of. */
const sourcesIn = ({ outputs }: Metafile): string[] =>
  Object.values(outputs).flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );

/** Their paths in the packages that they belong to. */
const inPackages = (metafile: Metafile): string[] =>
  sourcesIn(metafile).flatMap((path) => /.*node_modules\/(.*)/.exec(path)?.[1] ?? []);

/** Modules of Node that are imported when the bundle is. */
const builtinsOf = ({ outputs }: Metafile): string[] =>
  Object.values(outputs).flatMap(({ imports }) =>
    imports.flatMap(({ path, kind }) => (kind === 'dynamic-import' ? [] : [path])),
  );

describe('what a function loads before its first invocation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'counterfoil-bundles-'));
  const metafiles = new Map<string, Metafile>();
  before(async () => {
    for (const [name, metafile] of Object.entries(await bundleAll(folder))) metafiles.set(name, metafile);
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
    const paths = (): string[] => inPackages(metafiles.get(name) as Metafile);

    if (isOfThePlatform(name))
      it(`${name}: the table's client, and the other clients that it uses`, () => {
        const clients = paths().map((path) => /^@aws-sdk\/(client-[^/]+)\//.exec(path)?.[1]);
        const loaded = [...new Set(clients.filter((client) => client !== undefined))].sort();
        const table = WITHOUT_TABLE.includes(name) ? [] : ['client-dynamodb'];
        assert.deepEqual(loaded, [...table, ...(CLIENTS[name] ?? [])].sort());
      });

    it(`${name}: no package that a function should not load`, () => {
      assert.deepEqual(
        paths().filter((path) => NEVER.some((never) => never.test(path))),
        [],
      );
      assert.deepEqual(
        builtinsOf(metafiles.get(name) as Metafile).filter((builtin) => /^(node:)?http$/.test(builtin)),
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
      assert.equal(schemas.length > 0, name !== FUNCTION.publishHints);
      assert.deepEqual(
        schemas.filter(([, bytes]) => bytes > MOST_SCHEMA_BYTES),
        [],
      );
    });
  }
});

describe('a bundle', () => {
  it('imports the gateways of all folders, so that the name of any of them can choose one', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-gateways-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    await bundle(join(import.meta.dirname, '../../shared/adapters/aws/providers/text-gateway.ts'), folder);
    const { textGateway } = await import(pathToFileURL(join(folder, 'text-gateway.mjs')).href);
    assert.ok(textGateways.length > 1);
    for (const { name } of textGateways) assert.equal(typeof (await textGateway(name)), 'function', name);
    await assert.rejects(textGateway('carrier-pigeon'), { message: 'There is no folder carrier-pigeon.' });
    await assert.rejects(textGateway('../sns'), TypeError);
  });

  it('counts and cuts text messages as the unbundled code does', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-graphemes-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    await bundle(join(import.meta.dirname, '../../shared/notification/rendering/sms-fitting.ts'), folder);
    const bundled = await import(pathToFileURL(join(folder, 'sms-fitting.mjs')).href);
    for (const part of ['a', '€', '’', '\r\n', 'é', 'e\u0301', '👩‍👩‍👧‍👦', '🇦🇹', '👍🏽', 'नि', '한', '\u200b'])
      for (const count of [1, 70, 153, 400]) {
        const text = part.repeat(count);
        assert.deepEqual(bundled.fitted(text, 2), fitted(text, 2), `${count} × ${JSON.stringify(part)}`);
      }
  });

  it('keeps the names of error classes', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'counterfoil-names-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    await bundle(join(import.meta.dirname, '../../shared/once/errors.ts'), folder);
    const { TemporarilyUnavailable } = await import(pathToFileURL(join(folder, 'errors.mjs')).href);
    assert.equal(new TemporarilyUnavailable('').name, 'TemporarilyUnavailable');
  });
});
