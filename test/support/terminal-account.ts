import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What the CLI of AWS asked: the service by its signing name, and the operation. */
type CliCall = { service: string; operation: string; body: string };

/** By `<service> <operation>`: the answer, as the service's model names its members. */
type CliAnswers = Record<string, object>;

/** Operations of the REST services, by method and path. */
const REST: [route: RegExp, operation: string][] = [
  [/^GET \/2015-03-31\/functions\/?(\?|$)/, 'ListFunctions'],
  [/^GET \/2015-03-31\/functions\/[^/]+\/aliases\//, 'GetAlias'],
  [/^GET \/2015-03-31\/event-source-mappings\/?(\?|$)/, 'ListEventSourceMappings'],
  [/^GET \/2016-08-19\/account-settings/, 'GetAccountSettings'],
  [/^GET \/schedules/, 'ListSchedules'],
  [/^GET \/v2\/email\/account/, 'GetAccount'],
  [/^GET \/v2\/email\/configuration-sets/, 'ListConfigurationSets'],
  [/^PUT \/v2\/email\/configuration-sets\/[^/]+\/sending/, 'PutConfigurationSetSendingOptions'],
];

/**
 * An account as the CLI of AWS calls it, in the protocols that the CLI speaks, which are not those of the SDK: CloudWatch is called in
 * CBOR. A call without an answer is refused.
 */
export async function startTerminalAccount(answers: CliAnswers) {
  const calls: CliCall[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
    const { operation, protocol } = askedIn(request, body);
    calls.push({ service, operation, body });
    const answer = answers[`${service} ${operation}`];
    if (!answer) response.writeHead(400).end(JSON.stringify({ __type: 'NotRecorded', message: operation }));
    else if (protocol === 'cbor') response.setHeader('smithy-protocol', 'rpc-v2-cbor').end(cbor(answer));
    else response.end(protocol === 'query' ? xmlOf(operation, answer) : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    /** Calls that were refused. */
    unanswered: () => calls.filter(({ service, operation }) => !answers[`${service} ${operation}`]),
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

type Asked = { operation: string; protocol: 'json' | 'query' | 'rest' | 'cbor' };

function askedIn({ method, url = '', headers }: IncomingMessage, body: string): Asked {
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return { operation: target.split('.').at(-1) ?? '', protocol: 'json' };
  if (headers['smithy-protocol'] === 'rpc-v2-cbor') return { operation: url.split('/').at(-1) ?? '', protocol: 'cbor' };
  const action = new URLSearchParams(body).get('Action');
  if (action !== null) return { operation: action, protocol: 'query' };
  const [, operation = `${method} ${url}`] = REST.find(([route]) => route.test(`${method} ${url}`)) ?? [];
  return { operation, protocol: 'rest' };
}

const xmlOf = (operation: string, answer: object): string =>
  `<${operation}Response><${operation}Result>${members(answer)}</${operation}Result></${operation}Response>`;

function members(value: unknown): string {
  if (Array.isArray(value)) return value.map((one) => `<member>${members(one)}</member>`).join('');
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([name, inner]) => `<${name}>${members(inner)}</${name}>`)
    .join('');
}

/** RFC 8949, as far as answers need it: maps, lists, texts and numbers. */
function cbor(value: unknown): Buffer {
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Array.isArray(value)) return Buffer.concat([head(4, value.length), ...value.map(cbor)]);
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(9, 0xfb);
    bytes.writeDoubleBE(value, 1);
    return bytes;
  }
  if (value instanceof Date) return Buffer.concat([Buffer.from([0xc1]), cbor(value.getTime() / 1000)]);
  const entries = Object.entries(value as object);
  return Buffer.concat([head(5, entries.length), ...entries.flat().map(cbor)]);
}

/** The first bytes of a value: its kind, and its length. */
function head(kind: number, length: number): Buffer {
  if (length < 24) return Buffer.from([(kind << 5) | length]);
  return Buffer.from([(kind << 5) | 25, length >> 8, length & 0xff]);
}
