import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { durationText, sizeText } from '#console/base/times.ts';
import { scaleOf } from '#console/messages/timeline-scale.ts';

const at = (ms: number): string => new Date(Date.parse('2026-11-30T09:00:00.000Z') + ms).toISOString();

describe('the scale of a timeline', () => {
  it('places entries by their time, and names what happens between them', () => {
    const { marks, phases, totalMs } = scaleOf([
      { at: at(0), kind: 'accepted' },
      { at: at(100), kind: 'published' },
      { at: at(300), kind: 'claimed', attempt: 1 },
      { at: at(400), kind: 'deferred', attempt: 1 },
      { at: at(700), kind: 'claimed', attempt: 2 },
      { at: at(800), kind: 'sent', attempt: 2 },
      { at: at(1000), kind: 'feedback', outcome: 'DELIVERED' },
    ]);
    assert.equal(totalMs, 1000);
    assert.deepEqual(
      marks.map(({ share }) => share),
      [0, 0.1, 0.3, 0.4, 0.7, 0.8, 1],
    );
    assert.deepEqual(
      phases.map(({ kind, durationMs }) => [kind, durationMs]),
      [
        ['publishing', 100],
        ['queueing', 200],
        ['attempt', 100],
        ['waiting', 300],
        ['attempt', 100],
        ['delivery', 200],
      ],
    );
    assert.ok(phases.every(({ from, to }) => from >= 0 && from < to && to <= 1));
  });

  it('needs neither an order, nor entries, nor readable times', () => {
    assert.deepEqual(scaleOf([]), { marks: [], phases: [], totalMs: 0 });
    const { marks, phases } = scaleOf([
      { at: at(5), kind: 'published' },
      { at: 'soon', kind: 'claimed' },
      { at: at(0), kind: 'accepted' },
    ]);
    assert.deepEqual(
      marks.map(({ entry }) => entry.kind),
      ['accepted', 'published'],
    );
    assert.equal(phases.length, 1);
    assert.deepEqual(scaleOf([{ at: at(3), kind: 'accepted' }]).marks[0]?.share, 0);
  });

  it('shows a duration with its two largest units', () => {
    const texts = [0, 83, 999, 1234, 9949, 59_400, 60_000, 185_000, 7_500_000, 273_600_000].map((ms) =>
      durationText(ms, 'en'),
    );
    assert.deepEqual(texts, [
      '0 ms',
      '83 ms',
      '999 ms',
      '1.2 s',
      '9.9 s',
      '59 s',
      '1 min',
      '3 min 5 s',
      '2 h 5 min',
      '3 d 4 h',
    ]);
  });

  it('writes numbers as the language does', () => {
    assert.equal(durationText(1234, 'de'), '1,2 s');
    assert.equal(durationText(3000, 'de'), '3 s');
    assert.deepEqual(
      [900, 12_300, 1_048_000, 3_500_000].map((bytes) => sizeText(bytes, 'de')),
      ['900 B', '12 KB', '1.023 KB', '3,3 MB'].map((text) =>
        text.replace('1.023', new Intl.NumberFormat('de-AT').format(1023)),
      ),
    );
  });
});
