import { type AttachmentUsePorts, useAttachments } from '#shared/attachment/use.ts';
import { answer, type Call, type CommandSettings, command, execute } from '#shared/http/command.ts';
import { derivedId } from '#shared/http/derived-id.ts';
import type { HttpResponse } from '#shared/http/event.ts';
import type { Routes } from '#shared/http/http-function.ts';
import { problemOfRejection, problemResponse } from '#shared/http/problem.ts';
import type { AttachedFile, DirectContent } from '#shared/notification/content.ts';
import { NOTIFICATION_NOT_FOUND, notificationDecider } from '#shared/notification/decider.ts';
import { notificationIdOf, notificationKey } from '#shared/notification/notification-id.ts';
import { segmentsOf } from '#shared/notification/rendering/sms-fitting.ts';
import { type ResolveBody, resolveSchema } from '#shared/notification/requests.ts';
import { type NotifyingPorts, notificationTerms } from '#shared/notification/terms.ts';
import { messageDecider } from './direct-notification.ts';
import { NOTIFICATION_BODY_BYTES, type SendNotificationBody, sendNotificationSchema } from './requests.ts';

export type NotificationPorts = NotifyingPorts & { attachments: AttachmentUsePorts };

/** A resolution contains only an action and a reason. */
const RESOLVE_BODY_BYTES = 4096;

/** Commands on notifications: requesting one directly, and resolving one by a person's decision. */
export function notificationRoutes(
  ports: NotificationPorts,
  settings: CommandSettings,
): Routes<'POST /notifications' | 'POST /notifications/{notificationId}/resolve'> {
  return {
    'POST /notifications': command(
      {
        schema: sendNotificationSchema(() => ports.clock.now()),
        maximumBytes: NOTIFICATION_BODY_BYTES,
        handle: (call) => sendNotification(call, ports),
      },
      settings,
    ),
    'POST /notifications/{notificationId}/resolve': command(
      {
        schema: resolveSchema,
        maximumBytes: RESOLVE_BODY_BYTES,
        handle: (call) => resolveNotification(call, ports),
      },
      settings,
    ),
  };
}

/** 202: the request is stored and will be sent. GET /notifications/{notificationId} reports its progress. */
async function sendNotification(call: Call<SendNotificationBody>, ports: NotificationPorts): Promise<HttpResponse> {
  const { tenant, idempotencyKey, json } = call;
  const key = { tenant, type: 'message', id: derivedId('message', tenant, idempotencyKey) };
  const notificationId = notificationIdOf(key, 1, 1);
  const attachmentIds = json.valid.channel === 'email' ? (json.valid.attachments ?? []) : [];
  const use =
    attachmentIds.length > 0
      ? await useAttachments({ tenant, attachmentIds, notificationId }, ports.attachments)
      : undefined;
  const { to, sendAt } = json.valid;
  const executed = await execute(
    call,
    {
      decider: messageDecider,
      key,
      path: '/notifications',
      command: {
        type: 'SendMessage',
        to,
        message: await messageOf(json.valid, use?.files ?? []),
        ...(sendAt !== undefined && { sendAt: new Date(sendAt).toISOString() }),
      },
      terms: await notificationTerms(ports),
      assume: 'absent',
      ...(use && { related: use.related }),
    },
    ports,
  );
  return answer(executed, { status: 202, headers: { location: `/notifications/${notificationId}` } });
}

/** The exact content that the provider will receive. */
async function messageOf(
  body: SendNotificationBody,
  files: readonly AttachedFile[],
): Promise<DirectContent['message']> {
  if (body.channel === 'email') {
    const { subject, text = '', html } = body;
    return {
      channel: 'email',
      subject,
      text,
      ...(html !== undefined && { html }),
      ...(files.length > 0 && { attachments: files }),
    };
  }
  return { channel: 'sms', body: body.text, segments: segmentsOf(body.text) };
}

/** 200 with the resulting state. If two people decide at the same time, the second one gets the first decision. */
async function resolveNotification(call: Call<ResolveBody>, ports: NotificationPorts): Promise<HttpResponse> {
  const key = notificationKey(call.tenant, call.pathParameters?.notificationId ?? '');
  if (!key) return problemResponse(problemOfRejection(NOTIFICATION_NOT_FOUND));
  const { action, reason } = call.json.valid;
  const executed = await execute(
    call,
    {
      decider: notificationDecider,
      key,
      path: `/notifications/${key.notificationId}/resolve`,
      command: {
        type: 'Resolve',
        action,
        reason,
        by: callerOf(call),
        dueAt: ports.clock.now() + ports.notifications.firstClaimMs,
      },
    },
    ports,
  );
  return answer(executed, { status: 200, headers: {} });
}

/** Claims that identify the owner of a token: a person or a machine. */
const WHO = ['username', 'sub', 'client_id'] as const;

/** The person or machine that decided, from the token. API Gateway has already verified the token. */
function callerOf({ requestContext }: Call<unknown>): string {
  const claims = requestContext.authorizer?.jwt?.claims ?? {};
  const who = WHO.map((claim) => claims[claim]).find((value) => typeof value === 'string' && value !== '');
  return String(who ?? 'unknown');
}
