import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LogLine } from '#infra/account/logs/request-logs.ts';
import { type OpsContext, runOps } from '#infra/ops/run.ts';

/** What the command line printed, and how it ended. */
export type Ran = { code: number; printed: string; remarks: string; drawn: string[] };

/** A command line in this process. `typed` is what a person types; undefined: no one can type. */
export type OpsRun = {
  width?: number;
  typed?: string;
  environment?: Record<string, string>;
  standardInput?: string;
  isTerminal?: boolean;
  signal?: AbortSignal;
  /** Lines of the logs, by id. */
  logs?: Record<string, LogLine[]>;
  /** From this output on, the reader is gone. */
  closedFrom?: number;
};

/** The time of these command lines. */
export const OPS_NOW = Date.parse('2026-11-30T12:00:00.000Z');

/** Runs `npm run ops -- <args>` in this process. */
export async function ranOps(args: string[], run: OpsRun = {}): Promise<Ran> {
  const printed: string[] = [];
  const remarks: string[] = [];
  const drawn: string[] = [];
  const { width = 100, isTerminal = false, environment = {}, standardInput = '', closedFrom = Infinity } = run;
  const context: OpsContext = {
    environment,
    terminal: {
      print: async (text) => {
        if (printed.length >= closedFrom) throw Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
        printed.push(text);
      },
      remark: (text) => void remarks.push(text),
      ask: async () => run.typed,
      redraw: (text) => void drawn.push(text),
      keep: () => undefined,
      ...{ width, isTerminal },
    },
    openLogs: async () => ({
      linesOf: async (id) => ({ lines: run.logs?.[id] ?? [], isComplete: true }),
    }),
    readStandardInput: async () => standardInput,
    now: () => OPS_NOW,
    signal: run.signal ?? new AbortController().signal,
    pauseMs: 1,
  };
  const code = await runOps(args, context);
  return { code, printed: printed.join('\n'), remarks: remarks.join('\n'), drawn };
}

export type SeenRequest = { method: string; path: string; key?: string; token?: string; body?: unknown };
export type ScriptedAnswer = {
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  text?: string;
  cut?: true;
};

/** A stage's API with the answers of a test. `answers` are by method and path; a list of answers is given in order. */
export async function scriptedStage(answers: Record<string, ScriptedAnswer | ScriptedAnswer[]>) {
  const seen: SeenRequest[] = [];
  const server: Server = createServer(async (request, response) => {
    const call = await seenRequest(request);
    seen.push(call);
    const scripted = answers[`${call.method} ${call.path}`];
    const answer = Array.isArray(scripted) ? (scripted.length > 1 ? scripted.shift() : scripted[0]) : scripted;
    if (answer?.cut) return void request.socket.destroy();
    const { status = answer ? 200 : 404, headers = {}, body = { message: 'Not Found' } } = answer ?? {};
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(answer?.text ?? JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  };
  return { url, seen, close };
}

async function seenRequest(request: IncomingMessage): Promise<SeenRequest> {
  let text = '';
  for await (const chunk of request) text += chunk;
  const { authorization, 'idempotency-key': key } = request.headers;
  return {
    method: request.method ?? '',
    path: request.url ?? '',
    ...(typeof key === 'string' && { key }),
    ...(authorization !== undefined && { token: authorization }),
    ...(text !== '' && { body: JSON.parse(text) }),
  };
}
