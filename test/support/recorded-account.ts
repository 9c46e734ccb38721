import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClientConfig } from '#infra/account/clients.ts';

/** What a client asked, under AWS's own names. */
export type AccountCall = {
  operation: string;
  input: Record<string, unknown>;
  /** Whose call it was, by the key that signed it; empty for what is not signed. */
  accessKeyId: string;
};

/** A refusal of AWS, by its error code. */
export class AwsFault {
  readonly name: string;
  readonly message: string;
  readonly status: number;
  constructor(name: string, message = name, status = 400) {
    this.name = name;
    this.message = message;
    this.status = status;
  }
}

/** A map as the query protocol writes it, which is not how it writes a structure. */
export class QueryMap {
  readonly entries: Record<string, string>;
  constructor(entries: Record<string, string>) {
    this.entries = entries;
  }
}

/** A document as S3 writes it. */
export class Document {
  readonly xml: string;
  constructor(xml: string) {
    this.xml = xml;
  }
}

type Answer = object;
/** By `<signing name> <operation>`: an answer, or what makes one of the request. */
export type Answers = Record<string, Answer | ((input: Record<string, unknown>) => Answer | Promise<Answer>)>;

export type RecordedAccount = {
  url: string;
  client: ClientConfig;
  /** In the order in which they came. */
  calls: AccountCall[];
  /** How they are answered; tests change them. */
  answers: Answers;
  operations(): string[];
  close(): Promise<void>;
};

/**
 * An account of AWS that answers as its documentation shows, in the protocols that the clients speak: AWS
 * JSON, query (CloudFormation, SNS, STS) and REST (SES, Lambda). A call without a recorded answer is refused.
 */
export async function startRecordedAccount(answers: Answers): Promise<RecordedAccount> {
  const calls: AccountCall[] = [];
  const server = createServer(async (incoming, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const { protocol, ...call } = readCall(incoming, Buffer.concat(chunks).toString());
    const accessKeyId = /Credential=([^/]+)\//.exec(incoming.headers.authorization ?? '')?.[1] ?? '';
    calls.push({ ...call, accessKeyId });
    const recorded = answers[call.operation] ?? new AwsFault('NotRecorded', `${call.operation} is not recorded`);
    write(response, protocol, call.operation, typeof recorded === 'function' ? await recorded(call.input) : recorded);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    client: { endpoint: url, region: 'eu-central-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } },
    calls,
    answers,
    operations: () => calls.map(({ operation }) => operation),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type Protocol = 'json' | 'query' | 'rest';
type ReadCall = Omit<AccountCall, 'accessKeyId'> & { protocol: Protocol };

/** Operations of the REST services, by method and beginning of the path. */
const REST: [route: RegExp, operation: string, parameter?: string][] = [
  [/^GET \/v2\/email\/account$/, 'GetAccount'],
  [/^POST \/v2\/email\/list-identities$/, 'ListEmailIdentities'],
  [/^GET \/v2\/email\/identities\/(.+)$/, 'GetEmailIdentity', 'EmailIdentity'],
  [/^GET \/v2\/email\/configuration-sets\/(.+)$/, 'GetConfigurationSet', 'ConfigurationSetName'],
  [/^GET \/2016-08-19\/account-settings/, 'GetAccountSettings'],
  [/^GET \/cdk-[^/?]+\/\?location/, 'GetBucketLocation'],
  [/^GET \/cdk-[^/?]+\/\?list-type=2.*prefix=(.+)$/, 'ListObjectsV2', 'Prefix'],
  [/^GET \/2015-03-31\/functions\/([^/]+)\/configuration$/, 'GetFunctionConfiguration', 'FunctionName'],
  [/^GET \/2019-09-30\/functions\/([^/]+)\/concurrency$/, 'GetFunctionConcurrency', 'FunctionName'],
  [/^PUT \/2017-10-31\/functions\/([^/]+)\/concurrency$/, 'PutFunctionConcurrency', 'FunctionName'],
  [/^DELETE \/2017-10-31\/functions\/([^/]+)\/concurrency$/, 'DeleteFunctionConcurrency', 'FunctionName'],
  [/^GET \/2015-03-31\/event-source-mappings\/([^/]+)$/, 'GetEventSourceMapping', 'UUID'],
  [/^PUT \/2015-03-31\/event-source-mappings\/([^/]+)$/, 'UpdateEventSourceMapping', 'UUID'],
  [/^GET \/schedules\/([^/?]+)$/, 'GetSchedule', 'Name'],
  [/^PUT \/schedules\/([^/?]+)$/, 'UpdateSchedule', 'Name'],
];

function readCall(incoming: IncomingMessage, body: string): ReadCall {
  const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(incoming.headers.authorization ?? '')?.[1] ?? 'nobody';
  const target = incoming.headers['x-amz-target'];
  if (typeof target === 'string') {
    return { protocol: 'json', operation: `${service} ${target.split('.')[1]}`, input: JSON.parse(body || '{}') };
  }
  if (incoming.headers['content-type']?.startsWith('application/x-www-form-urlencoded')) {
    const { Action, Version: _, ...input } = nested(new URLSearchParams(body));
    if (Action === undefined)
      return { protocol: 'rest', operation: `POST ${incoming.url}`, input: basic(incoming, input) };
    return { protocol: 'query', operation: `${service} ${Action}`, input };
  }
  const route = `${incoming.method} ${incoming.url}`;
  for (const [pattern, operation, parameter] of REST) {
    const found = pattern.exec(route);
    if (!found) continue;
    const named = parameter ? { [parameter]: decodeURIComponent(found[1] ?? '') } : {};
    const input = { ...JSON.parse(body || '{}'), ...named };
    return { protocol: 'rest', operation: `${service} ${operation}`, input };
  }
  return { protocol: 'rest', operation: route, input: {} };
}

/** The header contains the client of a token endpoint. */
function basic({ headers }: IncomingMessage, input: Record<string, unknown>): Record<string, unknown> {
  const [clientId, secret] = Buffer.from(headers.authorization?.split(' ')[1] ?? '', 'base64')
    .toString()
    .split(':');
  return { clientId, secret, ...input };
}

/** `Parameters.member.1.ParameterKey=…` as the structure that it stands for. */
function nested(parameters: URLSearchParams): Record<string, unknown> {
  const root: Record<string, unknown> = {};
  for (const [name, value] of parameters) {
    const steps = name.replaceAll(/\.member\.(\d+)/g, (_, position) => `.${Number(position) - 1}`).split('.');
    let at = root;
    steps.slice(0, -1).forEach((step, index) => {
      at[step] ??= /^\d+$/.test(steps[index + 1] ?? '') ? [] : {};
      at = at[step] as Record<string, unknown>;
    });
    at[steps.at(-1) ?? ''] = value;
  }
  return root;
}

function write(response: ServerResponse, protocol: Protocol, operation: string, answer: Answer): void {
  const { name = operation } = /^\S+ (?<name>\S+)/.exec(operation)?.groups ?? {};
  if (answer instanceof AwsFault) {
    response.statusCode = answer.status;
    response.setHeader('x-amzn-errortype', answer.name);
    const fault = { Error: { Type: 'Sender', Code: answer.name, Message: answer.message } };
    const json = { __type: answer.name, message: answer.message };
    response.end(protocol === 'query' ? xml('ErrorResponse', fault) : JSON.stringify(json));
    return;
  }
  if (answer instanceof Document) {
    response.end(answer.xml);
    return;
  }
  // A token endpoint’s refusal (RFC 6749).
  if ('error' in answer) response.statusCode = 400;
  if (protocol === 'query') response.end(xml(`${name}Response`, { [`${name}Result`]: answer }));
  else response.end(JSON.stringify(answer));
}

function xml(tag: string, value: unknown): string {
  if (value === undefined) return '';
  if (Array.isArray(value)) return `<${tag}>${value.map((one) => xml('member', one)).join('')}</${tag}>`;
  if (value instanceof QueryMap) {
    const entries = Object.entries(value.entries).map(([key, text]) => xml('entry', { key, value: text }));
    return `<${tag}>${entries.join('')}</${tag}>`;
  }
  if (typeof value === 'object' && value !== null) {
    return `<${tag}>${Object.entries(value)
      .map(([name, inner]) => xml(name, inner))
      .join('')}</${tag}>`;
  }
  return `<${tag}>${String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</${tag}>`;
}
