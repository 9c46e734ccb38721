import { plannersOf } from '#shared/adapters/aws/runtime/redrive-planners.ts';
import { schemaOfMessage } from '#shared/api/messages.ts';
import { planRoutes } from '#shared/api/routes.ts';
import { serveRoutes } from '#shared/http/route.ts';
import { NOTIFICATION_REQUESTED } from '#shared/names.ts';
import { DEAD_LETTER, type DeadLetter, deadLetterIdOf } from '#shared/once/dead-letter.ts';
import type { DecidedRow } from '#shared/once/planner.ts';
import type { Editing } from '#shared/redrive/edit.ts';
import type { LetterReader } from '#shared/redrive/planning-ports.ts';
import { REDRIVE, RESERVATION } from '#shared/redrive/redrive.ts';
import { bodyOf, httpEvent, TENANT_CLAIM } from './http-event.ts';
import { memoryDecidingRows, memoryLetterReader, memoryRedriveSets } from './memory/memory-redrives.ts';
import { pausedIn } from './world/api.ts';
import { createWorld } from './world/world.ts';

/** The subscribers that the tests know. */
const SUBSCRIBERS = 'send-email project-orders';

/** A dead letter about a message. @param data of the message. */
export function aLetter(
  id: string,
  {
    type = 'counterfoil.order.placed.v1',
    data = {},
    ...over
  }: Partial<DeadLetter> & { type?: string; data?: object } = {},
) {
  const envelope = {
    ...{ specversion: '1.0', id, source: '/counterfoil/order', type, subject: `order/${id}` },
    ...{ time: '2026-01-01T00:00:00.000Z', datacontenttype: 'application/json', tenantid: 'acme' },
    ...{ correlationid: 'c', causationid: 'c', sequence: '1.1', data },
  };
  const letter: DeadLetter = {
    subscriber: 'project-orders',
    id,
    reason: 'GIVEN_UP',
    detail: 'It could not be handled.',
    message: JSON.stringify(envelope),
    ...over,
  };
  return { letter, deadLetterId: deadLetterIdOf(letter) };
}

/** A dead letter of a sender. */
export const aRequest = (notificationId: string) =>
  aLetter(notificationId, {
    subscriber: 'send-email',
    type: NOTIFICATION_REQUESTED,
    data: { notificationId, channel: 'email' },
  });

const EDIT = 'POST /dead-letters/{deadLetterId}/edit';
const PLANS = ['POST /redrives', EDIT];

export type Answered = { status: number; json: Record<string, unknown> & { code?: string; detail?: string } };

/**
 * The routes of redrives over memory.
 * @param over ports of the planning that a test replaces. @param permitsEdits whether operators may edit messages. @param afterRow what happens after an edit has read the row that decides.
 */
export function redriveWorld({
  permitsEdits = true,
  afterRow = async () => undefined,
  ...over
}: {
  letterReader?: LetterReader;
  permitsEdits?: boolean;
  afterRow?: () => Promise<void>;
} = {}) {
  const world = createWorld();
  const { store, clock } = world;
  const rowsAt = memoryDecidingRows(store);
  const editing: Editing = {
    letters: store.statesOf(DEAD_LETTER),
    redrives: store.statesOf(REDRIVE),
    reservations: store.statesOf(RESERVATION),
    rowAt: async (row) => {
      const [found]: readonly ((DecidedRow & { version?: number }) | undefined)[] = await rowsAt([row]);
      await afterRow();
      return found;
    },
    schemaOf: schemaOfMessage,
  };
  const plans = serveRoutes(
    planRoutes(),
    {
      ...world.ports(),
      secret: async () => 'key',
      letterLists: store,
      letterReader: memoryLetterReader(store),
      redriveSets: memoryRedriveSets(store),
      rowsAt,
      pausedSubscribers: pausedIn(store),
      plannerOf: plannersOf(SUBSCRIBERS),
      editing: permitsEdits ? editing : undefined,
      ...over,
    },
    { tenantClaim: TENANT_CLAIM },
  );
  let keys = 0;
  const post = async (
    routeKey: string,
    body: unknown,
    { key = `key-${keys++}`, ...path }: { key?: string; redriveId?: string; deadLetterId?: string } = {},
  ): Promise<Answered> => {
    const event = httpEvent({
      routeKey,
      tenant: 'operator',
      headers: { 'content-type': 'application/json', 'idempotency-key': key },
      pathParameters: path,
      body: JSON.stringify(body),
    });
    const answer = await (PLANS.includes(routeKey) ? plans : world.commands)(event);
    return { status: answer.statusCode ?? 0, json: bodyOf(answer) };
  };
  const get = async (routeKey: string, pathParameters: Record<string, string> = {}, query = {}): Promise<Answered> => {
    const event = httpEvent({ routeKey, tenant: 'operator', pathParameters });
    const answer = await world.queries({ ...event, queryStringParameters: query });
    return { status: answer.statusCode ?? 0, json: bodyOf(answer) };
  };
  const fail = async ({ letter }: { letter: DeadLetter }): Promise<void> => {
    clock.advance(1000);
    await store.recordDeadLetter(letter, clock.now());
  };
  const plan = (body: object, key?: string) => post('POST /redrives', body, key === undefined ? {} : { key });
  const act = (verb: string, redriveId: unknown, body: object = {}, key?: string) =>
    post(`POST /redrives/{redriveId}/${verb}`, body, {
      redriveId: String(redriveId),
      ...(key !== undefined && { key }),
    });
  const edit = (deadLetterId: string, body: object, key?: string) =>
    post(EDIT, body, { deadLetterId, ...(key !== undefined && { key }) });
  return { ...world, plan, act, get, fail, edit };
}
