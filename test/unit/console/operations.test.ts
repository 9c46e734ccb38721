import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { messageIn } from '#console/operations/letters/message-text.ts';
import { attentionOf, oldestOf } from '#console/operations/overview/attention.ts';
import { planRequestOf } from '#console/operations/redrives/plan-request.ts';
import { endedMembers, percentEnded } from '#console/operations/redrives/progress.ts';
import { linkToView, parametersIn, viewOf } from '#console/operations/views.ts';
import type { StatusView, SubscriberView } from '#shared/lane/responses.ts';

const AT = '2026-11-30T10:00:00.000Z';
const LATER = '2026-11-30T11:00:00.000Z';

const aSubscriber = (change: Partial<SubscriberView>): SubscriberView => ({
  subscriber: 'send-email',
  state: 'running',
  dead: { count: 0, isCapped: false },
  retentionSeconds: 1_209_600,
  ...change,
});

const aStatus = (change: Partial<StatusView>): StatusView => ({
  ...{ paused: 0, unknown: 0, held: 0, dead: 0, isCapped: false, subscribers: [], due: [], channels: [] },
  ...change,
});

describe('the operations page', () => {
  it('has a URL for each view, and shows the overview for a view that it does not know', () => {
    assert.equal(linkToView('letters', { reason: 'CRASHED', to: '' }), '?page=operations&view=letters&reason=CRASHED');
    assert.equal(viewOf('?page=operations&view=letters').name, 'letters');
    assert.equal(viewOf('?page=operations&view=of-a-newer-release').name, 'overview');
    const { query } = viewOf('?view=letters&reason=CRASHED&to=&other=1');
    assert.deepEqual(parametersIn(query, ['reason', 'to']), { reason: 'CRASHED' });
  });

  it('says what needs attention, with where it is shown', () => {
    const pause = { since: AT, actor: 'operator', losesMessagesFrom: LATER };
    const subscribers = [
      aSubscriber({ subscriber: 'calm' }),
      aSubscriber({ subscriber: 'paused', state: 'paused', pause }),
      aSubscriber({ subscriber: 'dead', dead: { count: 3, isCapped: true } }),
      aSubscriber({ subscriber: 'off', state: 'disabled', circuit: { status: 'open', because: 'SUSPENDED' } }),
    ];
    const channels = [{ channel: 'sms', unknown: 1, held: 0, isCapped: false }];
    assert.deepEqual(attentionOf(aStatus({ subscribers, channels })), [
      {
        about: 'paused',
        link: ['subscribers', { subscriber: 'paused' }],
        what: 'pausedBy',
        values: { actor: 'operator', reason: '–' },
      },
      { about: 'dead', link: ['letters', { subscriber: 'dead' }], what: 'deadCount', values: { count: '≥ 3' } },
      { about: 'off', link: ['subscribers', { subscriber: 'off' }], what: 'stateIs', values: { state: 'disabled' } },
      {
        about: 'off',
        link: ['subscribers', { subscriber: 'off' }],
        what: 'circuitOpen',
        values: { because: 'SUSPENDED' },
      },
      { about: 'sms', link: ['waiting', { status: 'UNKNOWN' }], what: 'channelStuck', values: { unknown: 1, held: 0 } },
    ]);
  });

  it('says since when the oldest waits, and nothing about a time that is not over', () => {
    const due = [
      { kind: 'held', count: 1, isCapped: false, oldestDueAt: AT, overdueSeconds: 9 },
      { kind: 'unknown', count: 1, isCapped: false, oldestDueAt: '2999-01-01T00:00:00.000Z', overdueSeconds: 0 },
    ];
    const subscribers = [
      aSubscriber({ dead: { count: 1, isCapped: false, oldestAt: LATER }, waiting: 0, waitingSince: AT }),
      aSubscriber({ dead: { count: 1, isCapped: false, oldestAt: AT }, waiting: 2, waitingSince: LATER }),
    ];
    const { held, unknown, dead, waiting, paused } = oldestOf(aStatus({ due, subscribers }));
    assert.deepEqual([held, unknown, dead, waiting, paused], [AT, undefined, AT, LATER, undefined]);
  });

  it('plans what the form says, and leaves to the API what is no number', () => {
    assert.deepEqual(
      planRequestOf({ subscriber: 'send-email', ratePerSecond: '20', canary: '1, 10', stopAbove: '0,2' }),
      {
        selection: { subscriber: 'send-email' },
        ratePerSecond: 20,
        canary: [1, 10],
        stopAbove: 0.2,
      },
    );
    assert.deepEqual(planRequestOf({ ids: 'a, b\nc', canary: 'none' }), {
      selection: { ids: ['a', 'b', 'c'] },
      canary: [],
    });
    const faulty = JSON.stringify(planRequestOf({ reason: 'CRASHED', ratePerSecond: 'fast' }));
    assert.equal(faulty, '{"selection":{"reason":"CRASHED"},"ratePerSecond":null}');
  });

  it('counts each ended member once, and says 100 % only at the end', () => {
    const counts = { waiting: 1, sent: 0, resolved: 996, failedAgain: 1, skipped: 1, unknown: 1 };
    assert.equal(endedMembers({ counts }), 999);
    assert.equal(percentEnded({ counts, plan: { members: 1000 } }), 99);
    assert.equal(percentEnded({ counts, plan: { members: 0 } }), 100);
  });

  it('sends an edited message only if it is an object in JSON', () => {
    assert.deepEqual(messageIn('{"data":{}}'), { data: {} });
    for (const text of ['', '{', '[]', '"text"', 'null']) assert.equal(messageIn(text), undefined, text);
  });
});
