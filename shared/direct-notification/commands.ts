import { type AttachmentUsePorts, useAttachments } from '#shared/attachment/use.ts';
import { answer, type Call, execute } from '#shared/http/command.ts';
import { derivedId } from '#shared/http/derived-id.ts';
import type { Reply } from '#shared/http/event.ts';
import type { AttachedFile, DirectContent } from '#shared/notification/content.ts';
import { notificationIdOf } from '#shared/notification/notification-id.ts';
import { segmentsOf } from '#shared/notification/rendering/sms-fitting.ts';
import { type NotifyingPorts, notificationTerms } from '#shared/notification/terms.ts';
import { messageDecider } from './direct-notification.ts';
import type { SendNotificationBody } from './requests.ts';

export type NotificationPorts = NotifyingPorts & { attachments: AttachmentUsePorts };

/** The request is stored and will be sent. GET /notifications/{notificationId} reports its progress. */
export async function sendNotification(call: Call<SendNotificationBody>, ports: NotificationPorts): Promise<Reply> {
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
      terms: await notificationTerms(ports, tenant),
      assume: 'absent',
      ...(use && { related: use.related }),
    },
    ports,
  );
  return answer(executed, { location: `/notifications/${notificationId}` });
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
