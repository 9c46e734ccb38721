import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { dynamoStore } from '#shared/adapters/aws/dynamodb/store.ts';
import type { StateKey } from '#shared/messaging/identity.ts';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { shapeOf } from '#shared/messaging/versions.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { COUNTER, type CounterState, counter } from '#test/support/counter.ts';
import { memoryStore } from '#test/support/memory/memory-store.ts';
import { startTable, type TestTable } from '#test/support/table.ts';
import { createWorld } from '#test/support/world/world.ts';
import type { AnyStore } from './store.contract.ts';

/** What a later release makes of counters: it writes version 2, where `total` was `sum` before, and reads 3. */
const LATER = shapeOf<CounterState>(COUNTER.name, {
  written: 2,
  readable: 3,
  upgrades: { 1: (older) => ({ total: (older as { sum: number }).sum }) },
});

/** As that release: whatever it reads, its decider knows one shape. */
const laterDecider = { ...counter, shape: LATER };

function versionContract(name: string, storeOf: () => AnyStore): void {
  describe(`versions of a state: ${name}`, () => {
    const stored = async (id: string, schemaVersion: number, state: object) => {
      const key = { tenant: 'acme', type: COUNTER.name, id: `${id} ${name}` };
      // Rows of any version. This release knows only some versions.
      await storeOf().statesOf(shapeOf<object>(COUNTER.name)).replace(key, 0, { schemaVersion, version: 1, state });
      return key;
    };
    const seen = async (key: StateKey) => {
      const { schemaVersion, version, state } = (await storeOf().statesOf(LATER).read(key)) ?? {};
      return { schemaVersion, version, state };
    };
    const add = (key: StateKey) =>
      executeOnce(
        {
          decider: laterDecider,
          key,
          commandId: 'http#add',
          fingerprint: '',
          command: { type: 'Add', amount: 1 },
          metadata: { correlationId: 'c', causationId: 'c' },
        },
        { ...createWorld().ports(), store: storeOf() },
      );

    it('reads the previous version as the one that is written now, and writes it so', async () => {
      const key = await stored('previous', 1, { sum: 5 });
      assert.deepEqual(await seen(key), { schemaVersion: 2, version: 1, state: { total: 5 } });
      await add(key);
      assert.deepEqual(await seen(key), { schemaVersion: 2, version: 2, state: { total: 6 } });
    });

    it('keeps the version of a row that the next release wrote', async () => {
      const key = await stored('next', 3, { total: 5 } satisfies CounterState);
      await add(key);
      assert.deepEqual(await seen(key), { schemaVersion: 3, version: 2, state: { total: 6 } });
    });

    it('neither reads nor writes over what comes after that, whichever way it meets it', async () => {
      const key = await stored('after that', 4, { unheard: 'of' });
      const isNewer = (error: unknown): boolean => error instanceof NewerVersion;
      await assert.rejects(storeOf().statesOf(LATER).read(key), isNewer);
      await assert.rejects(storeOf().load(key, 'http#add', LATER), isNewer);
      const late = { schemaVersion: 2, version: 8, state: { total: 1 } };
      await assert.rejects(storeOf().statesOf(LATER).replace(key, 7, late), isNewer);
      await assert.rejects(add(key), isNewer);
    });
  });
}

let table: TestTable;
let store: AnyStore;
before(async () => {
  table = await startTable();
  store = dynamoStore(table);
});
after(() => table.stop());

const memory = memoryStore();
versionContract('in memory', () => memory);
versionContract('DynamoDB engine', () => store);
