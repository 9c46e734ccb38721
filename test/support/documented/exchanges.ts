import { validatorOf } from './validator.ts';

/** A request and its answer, as they were on the wire. */
export type HttpExchange = {
  method: string;
  /** With its query. */
  url: URL;
  headers: Headers;
  body?: string;
  answer: { status: number; headers: Headers; text: string };
};

type Node = { [name: string]: Node | undefined };
type Parameter = { name: string; in: string; required?: boolean; schema: { type?: string } };
/** An operation of the document, with the JSON pointer to it. */
type Operation = { pointer: string; pathParameters: Record<string, string> };

/** Headers of requests that are never refused. */
const REPLACED_IF_MALFORMED = ['X-Correlation-Id', 'traceparent'];

/** Headers that clients may act on: an answer that has one must describe it. */
const OWN_HEADERS = ['x-correlation-id', 'idempotency-replayed', 'etag', 'location', 'retry-after'];

/**
 * Compares exchanges with an OpenAPI document. The document may describe fewer requests than it should (a route that is
 * not described), fewer answers (a status, a field, a header), and other ones than there are (a type, a format).
 * @returns a function that returns the faults of an exchange; undefined if the document does not describe the path.
 */
export function exchangeCheck(openApiText: string): (exchange: HttpExchange) => string[] | undefined {
  const document = JSON.parse(openApiText) as Node;
  const faultsOf = validatorOf(document);
  const resolve = (pointer: string): { pointer: string; node: Node } | undefined => {
    const parts = pointer.slice(2).split('/');
    const node = parts.reduce<Node | undefined>((at, part) => at?.[unescaped(part)], document);
    const reference = node?.$ref as unknown;
    if (typeof reference === 'string') return resolve(reference);
    return node && { pointer, node };
  };

  // `/notifications/statistics` before `/notifications/{notificationId}`.
  const paths = Object.keys(document.paths ?? {}).sort(byParameters);

  const operationOf = ({ method, url }: HttpExchange): Operation | undefined => {
    for (const path of paths) {
      const pathParameters = matched(path, url.pathname);
      const pointer = `#/paths/${escaped(path)}`;
      if (pathParameters && resolve(`${pointer}/${method.toLowerCase()}`)) return { pointer, pathParameters };
    }
    return undefined;
  };

  const parametersOf = (pointer: string): { pointer: string; parameter: Parameter }[] => {
    const count = Object.keys(resolve(`${pointer}/parameters`)?.node ?? {}).length;
    return Array.from({ length: count }, (_, index) => resolve(`${pointer}/parameters/${index}`) as never).map(
      (resolved: { pointer: string; node: unknown }) => ({
        pointer: resolved.pointer,
        parameter: resolved.node as Parameter,
      }),
    );
  };

  const requestFaults = ({ method, url, headers, body }: HttpExchange, operation: Operation): string[] => {
    const pointer = `${operation.pointer}/${method.toLowerCase()}`;
    const parameters = [...parametersOf(operation.pointer), ...parametersOf(pointer)].filter(
      ({ parameter }) => !REPLACED_IF_MALFORMED.includes(parameter.name),
    );
    const given: Record<string, (name: string) => string | undefined> = {
      path: (name) => operation.pathParameters[name],
      query: (name) => url.searchParams.get(name) ?? undefined,
      header: (name) => headers.get(name) ?? undefined,
    };
    const named = parameters.filter(({ parameter }) => parameter.in === 'query').map(({ parameter }) => parameter.name);
    const schema = `${pointer}/requestBody/content/application~1json/schema`;
    return [
      ...parameters.flatMap(({ pointer: at, parameter }) => {
        const value = given[parameter.in]?.(parameter.name);
        if (value === undefined) return parameter.required ? [`${parameter.name} is missing`] : [];
        const typed = /integer|number/.test(parameter.schema.type ?? '') ? Number(value) : value;
        return faultsOf(`${at}/schema`, typed).map((fault) => `${parameter.name}: ${fault}`);
      }),
      ...[...url.searchParams.keys()].flatMap((name) => (named.includes(name) ? [] : [`?${name} is not described`])),
      ...(resolve(schema) ? faultsOf(schema, JSON.parse(body ?? '')) : []),
    ].map((fault) => `the accepted request: ${fault}`);
  };

  const answerFaults = ({ method, answer }: HttpExchange, operation: Operation): string[] => {
    const response = resolve(`${operation.pointer}/${method.toLowerCase()}/responses/${answer.status}`);
    if (!response) return [`an answer ${answer.status} is not described`];
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] ?? '';
    const content = resolve(`${response.pointer}/content/${escaped(type)}`);
    if (!content) return [`an answer ${answer.status} of type "${type}" is not described`];
    const described = Object.keys(response.node.headers ?? {}).map((name) => name.toLowerCase());
    return [
      ...faultsOf(`${content.pointer}/schema`, JSON.parse(answer.text)),
      // API Gateway's own answers and ours may share a status. Ours have more headers.
      ...OWN_HEADERS.filter(
        (name) => answer.headers.has(name) && described.length > 0 && !described.includes(name),
      ).map((name) => `the header ${name} is not described`),
      ...Object.keys(response.node.headers ?? {}).flatMap((name) => {
        const header = resolve(`${response.pointer}/headers/${name}`);
        const value = answer.headers.get(name);
        if (!header || value === null) return [];
        const typed = (header.node.schema?.type as unknown) === 'integer' ? Number(value) : value;
        return faultsOf(`${header.pointer}/schema`, typed).map((fault) => `${name}: ${fault}`);
      }),
    ].map((fault) => `the answer ${answer.status}: ${fault}`);
  };

  return (exchange) => {
    const operation = operationOf(exchange);
    if (!operation) return undefined;
    const isAccepted = exchange.answer.status < 300;
    return [...(isAccepted ? requestFaults(exchange, operation) : []), ...answerFaults(exchange, operation)];
  };
}

const byParameters = (one: string, other: string): number => one.split('{').length - other.split('{').length;
const escaped = (part: string): string => part.replaceAll('~', '~0').replaceAll('/', '~1');
const unescaped = (part: string): string => part.replaceAll('~1', '/').replaceAll('~0', '~');

/** The parameters of a path that has this template; undefined: it has another one. */
function matched(template: string, pathname: string): Record<string, string> | undefined {
  const pattern = template.replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const groups = new RegExp(`^${pattern}$`).exec(pathname);
  if (!groups) return undefined;
  const named = Object.entries(groups.groups ?? {});
  return Object.fromEntries(named.map(([name, value]) => [name, decodeURIComponent(value)]));
}
