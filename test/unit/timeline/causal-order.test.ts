import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Caused, inCausalOrder } from '#shared/timeline/causal-order.ts';
import { checkProperty } from '#test/support/random-runs.ts';

const NOON = Date.UTC(2026, 0, 1, 12);
const at = (seconds: number): string => new Date(NOON + seconds * 1000).toISOString();
const idsOf = (entries: readonly Caused[]): string[] => inCausalOrder(entries).map(({ entry }) => entry.id);

/** Entries whose causes have smaller numbers, with few and skewed timestamps, in any order. */
const histories = fc
  .array(fc.record({ seconds: fc.nat(3), cause: fc.option(fc.nat(), { nil: undefined }), after: fc.array(fc.nat()) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((drawn) =>
    drawn.map(({ seconds, cause, after }, index): Caused => {
      const earlier = (number: number): string => `entry-${index === 0 ? 'outside' : number % index}`;
      return {
        id: `entry-${index}`,
        at: at(seconds),
        ...(cause !== undefined && { causationId: earlier(cause) }),
        after: after.map(earlier),
      };
    }),
  )
  .chain((entries) =>
    fc.shuffledSubarray(entries, { minLength: entries.length }).map((shuffled) => ({ entries, shuffled })),
  );

describe('the order of a timeline', () => {
  it('is by time', () => {
    assert.deepEqual(
      idsOf([
        { id: 'b', at: at(2) },
        { id: 'c', at: at(3) },
        { id: 'a', at: at(1) },
      ]),
      ['a', 'b', 'c'],
    );
  });

  it('has a cause before its effect if both have the same timestamp, or the clock of the effect is behind', () => {
    const cause = { id: 'z', at: at(5) };
    assert.deepEqual(idsOf([{ id: 'a', at: at(5), causationId: 'z' }, cause]), ['z', 'a']);
    assert.deepEqual(idsOf([{ id: 'a', at: at(1), causationId: 'z' }, { id: 'b', at: at(4) }, cause]), ['b', 'z', 'a']);
  });

  it('of the same moment is by rank', () => {
    const entries = [
      { id: 'a', at: at(1), rank: '2' },
      { id: 'b', at: at(1), rank: '1' },
    ];
    assert.deepEqual(idsOf(entries), ['b', 'a']);
  });

  it('shows every entry of a history that is its own cause', () => {
    const circle = [
      { id: 'a', at: at(1), causationId: 'b' },
      { id: 'b', at: at(1), causationId: 'a' },
    ];
    assert.deepEqual(idsOf(circle).sort(), ['a', 'b']);
    assert.deepEqual(idsOf(circle), idsOf(circle.toReversed()));
  });

  it('has every cause before its effect, and is the same for every order of the input', async () => {
    await checkProperty(
      'a cause before its effect',
      fc.property(histories, ({ entries, shuffled }) => {
        const order = idsOf(shuffled);
        assert.equal(order.length, entries.length);
        const places = new Map(order.map((id, place) => [id, place]));
        for (const { id, causationId, after = [] } of entries)
          for (const cause of [causationId, ...after])
            assert.ok((places.get(cause ?? '') ?? -1) < (places.get(id) ?? -1), `${cause} comes before ${id}`);
        assert.deepEqual(order, idsOf(entries));
      }),
    );
  });

  it('has places that sort like the entries, so that a page can continue after one', async () => {
    await checkProperty(
      'places',
      fc.property(histories, ({ shuffled }) => {
        const places = inCausalOrder(shuffled).map(({ place }) => place);
        assert.deepEqual(places, [...new Set(places)].sort());
      }),
    );
  });
});
