import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { readBody, sendAnswer } from '../base/http.ts';
import type { FaultRules } from '../gateway/faults.ts';
import { refusedConnection } from '../gateway/refused-connection.ts';
import type { SinkSettings, WebhookAnswer } from './settings.ts';
import type { SinkStore } from './store.ts';

/** The faults of calls to webhooks, and how the environment that makes such a call is killed. */
export type WebhookFaults = {
  rules: FaultRules;
  /** @param port of the caller's side of the connection. */
  kill: (port: number) => void;
};

export type WebhookParts = {
  store: SinkStore;
  clock: () => number;
  log: (line: string) => void;
  settings: () => SinkSettings;
  faults?: WebhookFaults | undefined;
};

/** The function that posts webhooks. Only its calls have the header of a webhook, so faults apply to no others. */
const POSTER = 'post-webhook';
const isWebhook = ({ headers }: IncomingMessage): boolean => headers['webhook-id'] !== undefined;

/**
 * Receives webhooks for the outside world. It answers as the settings say, and 202 without a setting. Only a webhook
 * that is answered with 2xx is accepted and stored.
 */
export function webhookReceiver(parts: WebhookParts) {
  let answers: { answer: WebhookAnswer; given: number }[] = [];
  let of: SinkSettings | undefined;
  /** The first answer for this path that was not given as often as it says. */
  const answerFor = (path: string): WebhookAnswer => {
    const settings = parts.settings();
    if (settings !== of) {
      of = settings;
      answers = (settings.webhooks ?? []).map((answer) => ({ answer, given: 0 }));
    }
    const found = answers.find(
      ({ answer, given }) => (answer.path ?? path) === path && given < (answer.times ?? Number.POSITIVE_INFINITY),
    );
    if (!found) return { status: 202 };
    found.given += 1;
    return found.answer;
  };

  return async (incoming: IncomingMessage, response: ServerResponse, path: string): Promise<void> => {
    const body = (await readBody(incoming)).toString();
    const { faults, log } = parts;
    const rule = isWebhook(incoming)
      ? faults?.rules.take({ function: POSTER, service: 'webhook', operation: 'POST' })
      : undefined;
    if (rule) log(`${POSTER}: webhook POST gets the fault ${rule.fault}`);
    const kill = (): void => faults?.kill(incoming.socket.remotePort ?? 0);
    switch (rule?.fault) {
      case 'refuse':
        return sendAnswer(response, refusedConnection);
      case 'throttle':
        return send(response, { status: 429 });
      case 'error':
        return send(response, { status: 500 });
      case 'kill-before':
        return kill();
      case 'delay':
        await sleep(rule.delayMs ?? 1000);
    }
    const answer = answerFor(path);
    if (answer.status >= 200 && answer.status < 300) keep(parts, incoming, path, body);
    if (rule?.fault === 'kill-after') return kill();
    if (rule?.fault === 'lose-response') return void response.socket?.resetAndDestroy();
    send(response, answer);
  };
}

function keep({ store, clock }: WebhookParts, incoming: IncomingMessage, path: string, body: string): void {
  const headers = Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]));
  store.add('webhook', { at: new Date(clock()).toISOString(), path, headers, body });
}

const send = (response: ServerResponse, { status, headers = {}, body = '' }: WebhookAnswer): void =>
  sendAnswer(response, { status, headers, body });
