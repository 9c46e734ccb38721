import * as v from 'valibot';
import type { DataOf, MessageDescription } from '#shared/http/asyncapi/messages.ts';

/** The event that a test of an endpoint posts. */
export const webhookMessages = {
  WebhookTest: {
    summary: 'A person tests an endpoint. It is posted to this endpoint only, whatever it subscribes to.',
    data: v.object({ endpointId: v.string() }),
  },
} satisfies Record<string, MessageDescription>;

export type WebhookTestData = DataOf<typeof webhookMessages>['WebhookTest'];
