import type { Item } from '#shared/adapters/aws/dynamodb/items.ts';
import type { Attachment } from '#shared/attachment/attachment.ts';
import { type AttachmentCommand, attachmentDecider } from '#shared/attachment/decider.ts';
import { attachmentKey } from '#shared/attachment/use.ts';
import { SORT_KEY } from '#shared/names.ts';
import { messageCommandId } from '#shared/once/command-id.ts';
import { executeOnce } from '#shared/once/execute.ts';
import { recipientKey } from '#shared/recipient/recipient-key.ts';
import { type Stage, TENANT } from './stage.ts';

/** Rows that the API's requests ask for. */

export async function messages({ ask, itemAt }: Stage): Promise<Record<string, Item>> {
  const rowOf = async (what: string, body: object): Promise<Item> => {
    const { notificationId } = await ask<{ notificationId: string }>('POST /notifications', what, body);
    return itemAt(`${TENANT}#message#${notificationId.split('_')[1]}`, SORT_KEY.state);
  };
  const email = {
    channel: 'email',
    to: ['ada@example.com'],
    subject: 'Hello',
    text: 'Hello.\n',
    html: '<p>Hello.</p>',
  };
  return {
    'e-mail': await rowOf('message by e-mail', email),
    'for later': await rowOf('message for later', { ...email, sendAt: '2026-01-02T09:00:00+01:00' }),
    'text messages': await rowOf('message to two numbers', {
      channel: 'sms',
      to: ['+4366012345678', '+4366012345679'],
      text: 'Hello.',
    }),
  };
}

export async function suppressionRequests({ ask, clock, itemAt }: Stage): Promise<Record<string, Item>> {
  const body = { channel: 'email', address: 'unwilling@example.com' };
  const recipient = recipientKey('key')(TENANT, 'email', body.address);
  const rowAfter = async (key: string): Promise<Item> => {
    await ask('POST /suppressions', key, body);
    clock.advance(1000);
    return itemAt(`${TENANT}#suppressionrequest#${recipient}`, SORT_KEY.state);
  };
  return { asked: await rowAfter('suppress once'), 'asked again': await rowAfter('suppress again') };
}

export async function attachments({
  clock,
  ports,
  itemAt,
}: Stage): Promise<Record<Attachment['status'], Item> & Record<string, Item>> {
  const key = attachmentKey(TENANT, 'aaaaaaaaaaaaaaaaaaaaaaaaaa');
  const file = { name: 'invoice.pdf', contentType: 'application/pdf', size: 1024, sha256: 'ab'.repeat(32) };
  let commands = 0;
  const after = async (command: AttachmentCommand): Promise<Item> => {
    commands += 1;
    const commandId = messageCommandId('example', `attachment-${commands}`);
    const metadata = { correlationId: 'correlation', causationId: 'cause' };
    const request = { decider: attachmentDecider, key, commandId, fingerprint: commandId, command, metadata };
    await executeOnce(request, ports);
    clock.advance(1000);
    return itemAt(`${TENANT}#attachment#${key.id}`, SORT_KEY.state);
  };
  const [one, another] = ['order_o1_1-1', 'order_o2_1-1'];
  return {
    EXPECTED: await after({ type: 'Declare', file, correlationId: 'correlation', usableMs: 86_400_000 }),
    IN_USE: await after({ type: 'AddUser', notificationId: one }),
    'IN_USE, by two': await after({ type: 'AddUser', notificationId: another }),
    'IN_USE, by one again': await after({ type: 'RemoveUser', notificationId: one }),
    DELETING: await after({ type: 'RemoveUser', notificationId: another }),
    DELETED: await after({ type: 'RecordDeletion' }),
  };
}
