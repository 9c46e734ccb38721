import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { CIRCUIT } from '#shared/delivery/circuit.ts';
import { deadLetterIdOf } from '#shared/once/dead-letter.ts';
import { marked } from '#shared/once/redriven-letter.ts';
import { bodyOf, httpEvent } from '#test/support/http-event.ts';
import { memoryLanes } from '#test/support/lanes.ts';
import { createWorld } from '#test/support/world/world.ts';

type Problem = { code: string; detail: string; next: string; errors?: { path: string; code: string; next: string }[] };
/** A request: its route, the ids in its path, its query or its body. */
type Request = { route: string; ids?: Record<string, string>; query?: Record<string, string>; body?: unknown };

const LETTER = { subscriber: 'project-orders', id: 'm1', reason: 'NOT_JSON', detail: 'The message is not JSON.' };
const MOVING = { ...LETTER, id: 'm2' };
const [letter, moving] = [deadLetterIdOf(LETTER), deadLetterIdOf(MOVING)];
const UNKNOWN = 'a'.repeat(26);
const REDRIVE = 'r'.repeat(26);

/** A stage with an open dead letter, one that is being redriven, and a paused subscriber. */
async function stage() {
  const { store, clock, log, queries, commands } = createWorld();
  const due = {
    cappedGaugeOf: async (kind: string) => ({ ...(await store.gauge(kind)), isCapped: false }),
    channelsOf: async () => ({}),
  };
  const circuits = store.statesOf(CIRCUIT);
  const lanes = memoryLanes({ ...{ store, clock, log, due, circuits }, kinds: ['held'], letterLists: store });
  await lanes.measure();
  for (const one of [LETTER, MOVING]) await store.recordDeadLetter(one, clock.now());
  await store.changeDeadLetter(
    moving,
    marked({ generation: 1, redriveId: REDRIVE, actor: 'ada', at: new Date(0).toISOString() }),
  );
  let keys = 0;
  const ask = async ({ route, ids = {}, query = {}, body }: Request) => {
    const event = httpEvent({
      ...{ routeKey: route, tenant: 'operator', pathParameters: ids },
      ...(body !== undefined && {
        headers: { 'content-type': 'application/json', 'idempotency-key': `key-${keys++}` },
        body: JSON.stringify(body),
      }),
    });
    const answer = await (route.startsWith('GET ') ? queries : commands)({ ...event, queryStringParameters: query });
    return { status: answer.statusCode, problem: bodyOf<Problem>(answer) };
  };
  await ask({
    route: 'POST /subscribers/{subscriber}/pause',
    ids: { subscriber: 'send-email' },
    body: { reason: 'x' },
  });
  const rows = () => JSON.stringify([...store.states.values()].map(({ stored }) => stored));
  return { ask, rows };
}

const discard = (deadLetterId: string, body: unknown = { reason: 'A test.' }): Request => ({
  ...{ route: 'POST /dead-letters/{deadLetterId}/discard', ids: { deadLetterId }, body },
});
const describeGroup = (fingerprint: string, body: unknown): Request => ({
  ...{ route: 'PATCH /dead-letters/groups/{fingerprint}', ids: { fingerprint }, body },
});
const subscriber = (verb: string, name: string, body: unknown): Request => ({
  ...{ route: `POST /subscribers/{subscriber}/${verb}`, ids: { subscriber: name }, body },
});
const list = (path: string, query: Record<string, string>): Request => ({ route: `GET ${path}`, query });
const INVALID = 'VALIDATION_FAILED';

/** What is refused, the status and the code, and the places of its faults. */
const REFUSED: [what: string, request: Request, status: number, code: string, ...faults: string[]][] = [
  ['discarding an unknown dead letter', discard(UNKNOWN), 404, 'DEAD_LETTER_NOT_FOUND'],
  ['discarding a path', discard('../audit'), 404, 'DEAD_LETTER_NOT_FOUND'],
  ['discarding one that is being redriven', discard(moving), 409, 'DEAD_LETTER_NOT_OPEN'],
  ['discarding without a reason', discard(letter, {}), 400, INVALID, '/reason REQUIRED'],
  [
    'two faults at once',
    discard(letter, { reason: ' ', colour: 'red' }),
    ...([400, INVALID, '/reason BLANK', '/colour UNKNOWN_FIELD'] as const),
  ],
  ['an unknown group', describeGroup(UNKNOWN, { owner: 'x' }), 404, 'DEAD_LETTER_GROUP_NOT_FOUND'],
  ['no change of a group', describeGroup(UNKNOWN, {}), 400, 'NOTHING_TO_CHANGE'],
  ['pausing what does not exist', subscriber('pause', 'send-pigeon', { reason: 'x' }), 404, 'SUBSCRIBER_NOT_FOUND'],
  ['pausing what is paused', subscriber('pause', 'send-email', { reason: 'x' }), 409, 'SUBSCRIBER_PAUSED'],
  ['resuming what runs', subscriber('resume', 'project-orders', {}), 409, 'SUBSCRIBER_NOT_PAUSED'],
  [
    'a pause with faults',
    subscriber('pause', 'project-orders', { owner: 1, until: 'noon' }),
    ...([400, INVALID, '/reason REQUIRED', '/owner WRONG_TYPE', '/until UNKNOWN_FIELD'] as const),
  ],
  [
    'a filter with faults',
    list('/dead-letters', { status: 'lost', from: 'now', colour: 'red' }),
    ...([400, INVALID, '/status INVALID', '/from TIMESTAMP_INVALID', '/colour UNKNOWN_PARAMETER'] as const),
  ],
  [
    'a range of the audit that is reversed',
    list('/audit', { from: '2026-01-02T00:00:00Z', to: '2026-01-01T00:00:00Z' }),
    ...([400, INVALID, '/from RANGE_REVERSED'] as const),
  ],
  ['a forged cursor of the audit', list('/audit', { cursor: 'x' }), 400, INVALID, '/cursor CURSOR_INVALID'],
  ['no status of notifications', list('/operations/notifications', {}), 400, INVALID, '/status REQUIRED'],
  [
    'another status of notifications',
    list('/operations/notifications', { status: 'SENT' }),
    ...([400, INVALID, '/status INVALID'] as const),
  ],
];

describe('bad input to the routes of operators', () => {
  let here: Awaited<ReturnType<typeof stage>>;
  before(async () => {
    here = await stage();
  });

  for (const [what, request, status, code, ...faults] of REFUSED) {
    it(`${what}: one sentence, every fault, and no row is written`, async () => {
      const rows = here.rows();
      const { status: answered, problem } = await here.ask(request);
      const errors = problem.errors ?? [];
      assert.deepEqual([answered, problem.code], [status, code], JSON.stringify(problem));
      assert.deepEqual(errors.map((fault) => `${fault.path} ${fault.code}`).sort(), [...faults].sort());
      for (const { next } of [problem, ...errors]) assert.match(next, /\.$/);
      assert.match(problem.detail, /^[\w/][^\n]+[.:] ?[^\n]*$/);
      assert.equal(here.rows(), rows);
    });
  }

  it('names the redrive that has a dead letter, and how to end it', async () => {
    const { problem } = await here.ask(discard(moving));
    assert.equal(problem.detail, `The dead letter is being redriven by ${REDRIVE}.`);
    assert.match(problem.next, new RegExp(`POST /redrives/${REDRIVE}/stop`));
  });
});
