import type { Facts } from '#test/faults/campaign/facts.ts';
import { replayIdOf, replayStarting, replayStopping } from '#test/faults/campaign/requests.ts';
import { answer, command, finds, first, healthy } from './facts.ts';

const started = (number: number) =>
  replayStarting({ afterOrder: 0, number, isFrom: false, twice: false }, undefined, 'run');
const [done, stopped] = [started(1), started(2)];
const stop = replayStopping(stopped, replayIdOf(stopped));

/** Three replays: one that is done, one that was stopped, and one of an idle stage. */
function replayed(): Facts {
  const facts = healthy();
  facts.requests.push(done, stopped, stop);
  facts.answers.push(answer(done, 202, 'one'), answer(stopped, 202, 'two'), answer(stop, 200, 'stopped'));
  facts.commands.push(command(done, true, 'one'), command(stopped, true, 'two'), command(stop, true, 'stopped'));
  const finished = { step: 'finished', skipped: { count: 0, named: [] } } as const;
  facts.replays = [
    { ...finished, replayId: replayIdOf(done), status: 'done' },
    { ...finished, replayId: replayIdOf(stopped), status: 'stopped' },
  ];
  facts.generations = { latest: 3, live: 2, ofTenants: {} };
  first(facts.listed).generation = 2;
  facts.replayed = {
    before: { lists: ['[one]', '[two]'], received: [2, 1, 0] },
    after: { lists: ['[one]', '[two]'], received: [2, 1, 0] },
  };
  return facts;
}

const end = (facts: Facts) => facts.replayed?.after ?? { lists: [], received: [] };

finds('The judge of replays', replayed, [
  [
    'a list that is another one after a replay',
    ['diverging'],
    (facts) => {
      end(facts).lists = ['[one]'];
    },
  ],
  [
    'a message that a replay has sent',
    ['phantom'],
    (facts) => {
      end(facts).received = [2, 2, 0];
    },
  ],
  [
    'a list that a replay has built otherwise',
    ['diverging'],
    (facts) => {
      first(facts.listed).listed = { ...first(facts.listed).listed, total: 1 };
    },
  ],
  [
    'a list that a replay has built without an order',
    ['lost'],
    (facts) => {
      facts.listed = [];
    },
  ],
  [
    'a row of a generation that is not read',
    ['unfinished'],
    (facts) => facts.listed.push({ ...first(facts.listed), generation: 3 }),
  ],
  [
    'a replay that was stopped, and is done',
    ['diverging'],
    (facts) => {
      Object.assign(facts.replays[1] ?? {}, { status: 'done' });
    },
  ],
  [
    'a replay that has failed',
    ['diverging'],
    (facts) => {
      first(facts.replays).status = 'failed';
    },
  ],
  [
    'a replay that is not finished',
    ['unfinished'],
    (facts) => {
      first(facts.replays).step = 'deleting';
    },
  ],
  [
    'a replay that skipped a message',
    ['lost'],
    (facts) => {
      first(facts.replays).skipped = { count: 1, named: [] };
    },
  ],
  ['a replay that is not stored', ['lost'], (facts) => void facts.replays.pop()],
  [
    'a replay that no operator started',
    ['phantom'],
    (facts) => facts.replays.push({ ...first(facts.replays), replayId: 'other' }),
  ],
]);
