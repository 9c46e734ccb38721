import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Part, partsOf, startsOf } from '#console/base/row-window.ts';

const idsOf = (count: number): string[] => Array.from({ length: count }, (_, index) => `row-${index}`);
const startsOfRows = (count: number, measured: [string, number][] = []): Float64Array =>
  startsOf(idsOf(count), { usual: 10, byId: new Map(measured) });
const indexesIn = (parts: readonly Part[]): number[] => parts.flatMap((part) => ('row' in part ? [part.row] : []));
const gapsIn = (parts: readonly Part[]): number =>
  parts.reduce((sum, part) => sum + ('row' in part ? 0 : part.gapPx), 0);

describe('the rows of a long table that are in the document', () => {
  it('begin where the measured rows above end, and a row that was not seen has the usual height', () => {
    assert.deepEqual([...startsOfRows(4, [['row-1', 25]])], [0, 10, 35, 45, 55]);
  });

  it('are those of the visible part, with a gap above and below', () => {
    const parts = partsOf(startsOfRows(100), { from: 200, to: 225 }, []);
    assert.deepEqual(parts, [
      { gapPx: 200, until: 20 },
      { row: 20 },
      { row: 21 },
      { row: 22 },
      { gapPx: 770, until: 100 },
    ]);
  });

  it('include the kept ones wherever they are, each once, between gaps that take the place of all others', () => {
    const parts = partsOf(startsOfRows(100), { from: 200, to: 225 }, [-1, 0, 4, 21, 98, 99, 100]);
    assert.deepEqual(indexesIn(parts), [0, 4, 20, 21, 22, 98, 99]);
    assert.equal(gapsIn(parts) + 7 * 10, 1000);
  });

  it('are few, and their gaps take the place of all others, in a table of 100,000 rows', () => {
    const parts = partsOf(startsOfRows(100_000), { from: 500_000, to: 501_000 }, []);
    assert.equal(indexesIn(parts).length, 101);
    assert.equal(gapsIn(parts) + 101 * 10, 1_000_000);
  });

  it('are the last ones when the list became shorter than the visible part, and none in an empty list', () => {
    assert.deepEqual(indexesIn(partsOf(startsOfRows(3), { from: 5000, to: 6000 }, [])), [2]);
    assert.deepEqual(indexesIn(partsOf(startsOfRows(3), { from: -500, to: 6000 }, [])), [0, 1, 2]);
    assert.deepEqual(partsOf(startsOfRows(0), { from: 0, to: 100 }, []), []);
  });
});
