import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { NewerVersion } from '#shared/messaging/newer-version.ts';
import { PoisonMessage, parseEnvelope } from '#shared/messaging/parse.ts';
import { shapeOf, upgraded } from '#shared/messaging/versions.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { envelopeOf } from '#test/support/envelope.ts';
import { SHAPES } from '#test/support/shapes.ts';

/** Version 1 was `{name}`, 2 `{names}`, 3 is `{names, count}`; 4 is written by the next release. */
const shape = shapeOf<unknown>('row', {
  written: 3,
  readable: 4,
  upgrades: {
    1: (older) => ({ names: [(older as { name: string }).name] }),
    2: (older) => ({ ...(older as object), count: (older as { names: string[] }).names.length }),
  },
});

describe('a shape with several versions', () => {
  it('is read as the version that is written now, from every older one', () => {
    const now = { version: 3, value: { names: ['Ada'], count: 1 } };
    assert.deepEqual(upgraded('row', shape, 1, { name: 'Ada' }), now);
    assert.deepEqual(upgraded('row', shape, 2, { names: ['Ada'] }), now);
    assert.deepEqual(upgraded('row', shape, 3, now.value), now);
  });

  it('is read as it is in the version that the next release writes', () => {
    const next = { names: [{ given: 'Ada' }], count: 1 };
    assert.deepEqual(upgraded('row', shape, 4, next), { version: 4, value: next });
  });

  it('is left to a newer release in any later version', () => {
    assert.throws(
      () => upgraded('row', shape, 5, {}),
      (error) => error instanceof NewerVersion && error.retriable,
    );
  });

  it('is broken without a version, or with one that nothing leads away from', () => {
    for (const version of [undefined, null, '1', 0, -1, 1.5, Number.NaN]) {
      assert.throws(() => upgraded('row', shape, version, {}), PoisonMessage, String(version));
    }
    assert.throws(() => upgraded('row', { ...shape, upgrades: {} }, 1, {}), PoisonMessage);
  });
});

describe('the shapes', () => {
  it('are listed for the tests, each under its own name', () => {
    const declared = globSync(join(import.meta.dirname, '..', '..', '..', 'shared', '**', '*.ts')).flatMap(
      (file) => readFileSync(file, 'utf8').match(/^export const \w+ = shapeOf</gm) ?? [],
    );
    assert.equal(Object.keys(SHAPES).length, declared.length);
    for (const [name, one] of Object.entries(SHAPES)) assert.equal(one.name, name);
  });

  for (const [name, { written, readable, upgrades }] of Object.entries(SHAPES)) {
    it(`reads ${name} in every version there has been, and at most one that is still to come`, () => {
      const older = Array.from({ length: written - 1 }, (_, index) => String(index + 1));
      assert.deepEqual(Object.keys(upgrades), older, 'an upgrade for each version before the one that is written');
      assert.ok(
        readable === written || readable === written + 1,
        'A version is written one release after it became readable: raise `readable` first, `written` in the next release.',
      );
    });
  }

  it('describes the request as its type does', () => {
    assert.ok(NOTIFICATION_REQUESTED.endsWith(`.v${SHAPES['notification-request'].written}`));
  });
});

describe('an envelope', () => {
  const envelope = envelopeOf({});

  it('may have attributes that we do not know', () => {
    const more = { ...envelope, dataschema: 'https://example.com/schema' };
    assert.deepEqual(parseEnvelope(JSON.stringify(more)), more);
  });

  it('of a later specversion is left to a newer release; of an earlier one it is none', () => {
    for (const specversion of ['1.1', '2.0']) {
      assert.throws(() => parseEnvelope(JSON.stringify({ ...envelope, specversion })), NewerVersion);
    }
    for (const specversion of ['0.3', 'x', 2, undefined]) {
      assert.throws(() => parseEnvelope(JSON.stringify({ ...envelope, specversion })), PoisonMessage);
    }
  });
});
