import type { IncomingMessage, ServerResponse } from 'node:http';
import * as v from 'valibot';
import {
  CACHED,
  CHECKED_EACH_TIME,
  contentSecurityPolicy,
  NAMED_BY_CONTENT,
  SAFE_HEADERS,
} from '../../console-policy.ts';
import type { LiveOutputs } from '../../outputs.ts';
import { wholeMessageOf } from '../base/failure.ts';
import { type Answer, BodyTooLarge, isOurHost, listenLocally, readBody, sendAnswer } from '../base/http.ts';
import { fields, readInput } from '../base/input.ts';
import type { Reaper } from '../processes/reaper.ts';
import type { DemoFaults } from './demo-faults.ts';
import { type ConsoleFiles, consoleFiles } from './files.ts';

export type ConsoleOptions = {
  apiUrl: string;
  inboxUrl: string;
  /** Where pages learn about changes. Absent: they read by themselves. */
  live?: LiveOutputs | undefined;
  /** Identities that a click signs in, with what makes the token of each. */
  identities: Readonly<Record<string, () => Promise<string>>>;
  /** The faults that the page “Try it” can switch on. */
  faults: DemoFaults;
  spawn: Reaper['spawn'];
  log: (line: string) => void;
  /** The port that the console had at the last start, so that open pages and bookmarks stay valid. */
  preferredPort?: number | undefined;
};

export type ConsoleServer = {
  consoleUrl: string;
  /** Builds the console before a person opens it. Without this, the first request builds it. */
  prepare(): void;
  close(): Promise<void>;
};

/**
 * Serves the console of this machine: the page, `config.json`, `POST /sign-in`, which signs a demo identity in, `/faults`,
 * which switches a fault on and off, and `/inbox/<list>`, which is a list of the inbox. The console is built at the first
 * request, so that it costs a start nothing.
 */
export async function startConsole(options: ConsoleOptions): Promise<ConsoleServer> {
  let building: Promise<ConsoleFiles> | undefined;
  const files = (): Promise<ConsoleFiles> => {
    building ??= consoleFiles(options.spawn).catch((error: unknown) => {
      building = undefined;
      throw error;
    });
    return building;
  };
  const serve = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      await answer(options, files, incoming, response);
    } catch (error) {
      if (response.destroyed) return;
      if (error instanceof BodyTooLarge) return sendAnswer(response, problem(413, error.message));
      options.log(`console: ${wholeMessageOf(error)}`);
      sendAnswer(response, problem(500, wholeMessageOf(error)));
    }
  };
  const server = await listenLocally(serve, options.preferredPort);
  return {
    consoleUrl: server.url,
    // The first request reports a failure.
    prepare: () => void files().catch(() => undefined),
    async close() {
      options.faults.close();
      await server.close();
    },
  };
}

type Files = () => Promise<ConsoleFiles>;

async function answer(options: ConsoleOptions, files: Files, incoming: IncomingMessage, response: ServerResponse) {
  if (!isOurHost(incoming))
    return sendAnswer(response, problem(403, 'The console answers to 127.0.0.1 and localhost only.'));
  // Not read as a URL: `//` would be one without a host.
  const [pathname = '/', query = ''] = (incoming.url ?? '/').split('?');
  const action = incoming.method === 'POST' ? ACTIONS[pathname] : undefined;
  if (action) return sendAnswer(response, await act(action, options, incoming));
  if (incoming.method !== 'GET' && incoming.method !== 'HEAD')
    return sendAnswer(
      response,
      problem(405, `No ${incoming.method} ${pathname}: GET /, /config.json, /faults, or POST /sign-in, /faults.`),
    );
  if (pathname === '/config.json') return sendAnswer(response, json(200, configurationOf(options)));
  if (pathname === '/faults') return sendAnswer(response, json(200, options.faults.state()));
  if (INBOX_LIST.test(pathname)) return sendAnswer(response, await inboxList(options, `${pathname}?${query}`));
  const file = (await files()).get(pathname === '/' ? '/index.html' : pathname);
  if (!file) return sendAnswer(response, problem(404, `No ${incoming.method} ${pathname}.`));
  const isNamedByContent = pathname.startsWith(`/${NAMED_BY_CONTENT}/`);
  response.writeHead(200, {
    ...SAFE_HEADERS,
    'content-type': file.type,
    'content-length': String(file.bytes.length),
    'content-security-policy': contentSecurityPolicy(originsOf(options)),
    'cache-control': isNamedByContent ? CACHED : CHECKED_EACH_TIME,
  });
  response.end(incoming.method === 'HEAD' ? undefined : file.bytes);
}

/** What the page may call: the API, and the WebSocket of changes. */
const originsOf = ({ apiUrl, live }: ConsoleOptions): string[] => [apiUrl, ...(live ? [new URL(live.url).origin] : [])];

const configurationOf = ({ apiUrl, inboxUrl, live, identities, faults }: ConsoleOptions): object => ({
  apiUrl,
  inboxUrl,
  ...(live && { live }),
  tryIt: { faults: faults.names },
  signIn: { kind: 'demo', identities: Object.keys(identities) },
});

/** What a page of this server may ask for with a POST. */
type Action = (options: ConsoleOptions, body: unknown) => Answer | Promise<Answer>;
const ACTIONS: Readonly<Record<string, Action>> = { '/sign-in': signIn, '/faults': switchFault };

/** A browser names the page’s origin in every POST. So only the page of this server gets here. */
async function act(action: Action, options: ConsoleOptions, incoming: IncomingMessage): Promise<Answer> {
  const { origin, host } = incoming.headers;
  if (origin !== `http://${host}`) return problem(403, 'Only the page of this console may do this.');
  return action(options, parsed(await readBody(incoming)));
}

const SIGN_IN = fields({ identity: v.string() });

/** The token of a demo identity. */
async function signIn({ identities }: ConsoleOptions, body: unknown): Promise<Answer> {
  const read = readInput(SIGN_IN, body);
  if ('problems' in read) return problem(400, read.problems.join(' '));
  const { identity } = read.value;
  const mint = Object.hasOwn(identities, identity) ? identities[identity] : undefined;
  return mint ? json(200, { token: await mint() }) : problem(404, `There is no identity ${identity} here.`);
}

const FAULT = fields({ fault: v.nullable(v.string()) });

/** Switches a fault on in place of the current one, or with `null` none. */
function switchFault({ faults }: ConsoleOptions, body: unknown): Answer {
  const read = readInput(FAULT, body);
  if ('problems' in read) return problem(400, read.problems.join(' '));
  const { fault } = read.value;
  if (fault === null) faults.switchOff();
  else if (!faults.switchOn(fault)) return problem(404, `There is no fault ${fault} here: ${faults.names.join(', ')}.`);
  return json(200, faults.state());
}

const INBOX_LIST = /^\/inbox\/(emails|sms|webhooks)$/;

/** A list of the inbox, through this server: the page’s policy permits no other origin than the API. */
async function inboxList({ inboxUrl }: ConsoleOptions, path: string): Promise<Answer> {
  const answer = await fetch(new URL(path.replace('/inbox', ''), inboxUrl));
  const type = answer.headers.get('content-type') ?? 'application/json';
  return {
    status: answer.status,
    headers: { ...SAFE_HEADERS, 'content-type': type, 'cache-control': 'no-store' },
    body: await answer.text(),
  };
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

const json = (status: number, value: object): Answer => ({
  status,
  headers: { ...SAFE_HEADERS, 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(value),
});

const problem = (status: number, detail: string): Answer => ({
  ...json(status, { status, detail }),
  headers: { ...SAFE_HEADERS, 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
});
