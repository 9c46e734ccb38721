import type { StateStore } from '#shared/once/ports.ts';
import type { WebhookSettings } from './settings.ts';

export type WebhookSettingsStore = Pick<StateStore<WebhookSettings>, 'read'>;

/** One POST to an endpoint. */
export type WebhookPost = { url: string; headers: Readonly<Record<string, string>>; body: string };

/** What is known after the one call. */
export type PostResult =
  | {
      kind: 'answered';
      status: number;
      /** The header, as received. */
      retryAfter?: string;
      /** The first 500 bytes of the body. */
      start: string;
    }
  /** The URL or the address behind its name is not permitted on this stage. Nothing was sent. */
  | { kind: 'not-permitted'; code: string }
  /** No connection was established, so nothing was sent. */
  | { kind: 'not-connected'; code: string }
  /** The endpoint may have received it: a timeout, a broken connection. */
  | { kind: 'unanswered'; code: string };

/** Posts once. It follows no redirect, and never throws because of the network or the endpoint. */
export type PostWebhook = (post: WebhookPost) => Promise<PostResult>;

/** Why a URL may not be used on this stage: its scheme, its name or the addresses behind it; undefined: it may. */
export type CheckUrl = (url: string) => Promise<UrlRefusal | undefined>;

/** `code`: `NOT_HTTPS`, `NOT_RESOLVED`, `NOT_PUBLIC`. */
export type UrlRefusal = { code: string; message: string; next: string };
