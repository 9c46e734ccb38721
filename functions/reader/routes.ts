import * as v from 'valibot';
import { answer, type Call, execute } from '#shared/http/command.ts';
import { derivedId } from '#shared/http/derived-id.ts';
import { jsonResponse, type Reply } from '#shared/http/event.ts';
import { emailAddress, identifier } from '#shared/http/input/fields.ts';
import { strictObject, wholeNumber, wholeNumberBetween } from '#shared/http/input/structures.ts';
import type { NamedSchemas } from '#shared/http/openapi/compose.ts';
import { type DescriptionPorts, descriptionRoutes } from '#shared/http/openapi/description-route.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import { commandRoute, pathParameter, type Route, requestRoute, type TenantRequest } from '#shared/http/route.ts';
import { type NotifyingPorts, notificationTerms } from '#shared/notification/terms.ts';
import type { StateStore } from '#shared/once/ports.ts';
import { channel } from '#shared/recipient/channel.ts';
import { READING, readingDecider } from './decider.ts';
import { type Reader, readerKey } from './projection.ts';

const pageAccess = strictObject({
  readerId: identifier,
  email: emailAddress,
  bookId: identifier,
  page: wholeNumberBetween(1),
});
/** The answer to an access. */
const pageAccessAnswer = v.object({
  readerId: v.string(),
  bookId: v.string(),
  firstChapterPages: wholeNumber,
  notifications: v.array(v.object({ notificationId: v.string(), channel, status: v.picklist(['PENDING']) })),
});
const readerView = v.object({ readerId: v.string(), pageAccesses: wholeNumber });

const READER_ID = /^[A-Za-z0-9_-]{1,64}$/;

type ReaderPorts = NotifyingPorts & DescriptionPorts & { readers: Pick<StateStore<Reader>, 'read'> };

/** The routes of the e-book reader. */
export const readerRoutes = (): Route<ReaderPorts>[] => [
  commandRoute({
    path: '/page-accesses',
    scope: 'orders:write',
    operationId: 'recordPageAccessed',
    tag: 'Readers',
    summary: 'Record that a reader has opened a page',
    description: 'The reader gets one e-mail when all pages of the first chapter of a book were opened.',
    body: {
      schema: pageAccess,
      maximumBytes: 4096,
      example: { readerId: 'ada', email: 'ada@example.com', bookId: 'emma', page: 1 },
    },
    answer: { status: 200, description: 'The access is recorded.', schema: pageAccessAnswer },
    handle: recordPageAccessed,
  }),
  requestRoute({
    method: 'GET',
    path: '/readers/{readerId}',
    scope: 'orders:read',
    operationId: 'getReader',
    tag: 'Readers',
    summary: 'Read how many pages a reader has opened',
    parameters: [pathParameter('ReaderId', READER_ID)],
    answer: { status: 200, description: 'The count follows a moment after the access.', schema: readerView },
    failures: [404],
    handle: getReader,
  }),
  ...descriptionRoutes('/readers'),
];

/** Names in the OpenAPI document. */
export const readerSchemas: NamedSchemas = {
  PageAccess: { schema: pageAccess },
  PageAccessAnswer: { schema: pageAccessAnswer },
  Reader: { schema: readerView },
};

async function recordPageAccessed(call: Call<v.InferOutput<typeof pageAccess>>, ports: NotifyingPorts): Promise<Reply> {
  const { tenant, json } = call;
  const { readerId, bookId } = json.valid;
  // One state for each reader and book. Neither id contains a space.
  const key = { tenant, type: READING.name, id: derivedId(READING.name, tenant, `${readerId} ${bookId}`) };
  const terms = await notificationTerms(ports, tenant);
  const command = { type: 'RecordPageAccessed' as const, data: json.valid };
  const executed = await execute(call, { decider: readingDecider, key, path: '/page-accesses', command, terms }, ports);
  return answer(executed);
}

async function getReader({ tenant, pathParameters }: TenantRequest, { readers }: ReaderPorts): Promise<Reply> {
  const id = pathParameters?.readerId ?? '';
  const stored = READER_ID.test(id) ? await readers.read(readerKey(tenant, id)) : undefined;
  if (!stored) return problemResponse(problemOfRejection(READER_NOT_FOUND));
  return jsonResponse(JSON.stringify(stored.state));
}

const READER_NOT_FOUND = {
  code: 'READER_NOT_FOUND',
  detail: 'No page access of this reader is counted yet.',
  next: 'Check the reader id. After a first access, repeat the request in a moment.',
};
