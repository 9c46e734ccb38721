import type { Construct } from 'constructs';
import { ATTACHMENT_RELEASED, FUNCTION, MESSAGE_ATTRIBUTE, RELEASING_MESSAGES } from '#shared/names.ts';
import { dueTimesOf } from '../constructs/stage.ts';
import { Subscriber } from '../constructs/subscriber.ts';
import type { Platform } from './platform.ts';

/** Deletes attachments that no notification needs any more. A finished notification releases its attachments. */
export class AttachmentRelease extends Subscriber {
  constructor(scope: Construct, { stage, table, topic, attachments }: Platform) {
    super(scope, {
      stage,
      name: FUNCTION.releaseAttachments,
      environment: { ...table.environment, ...dueTimesOf(stage), ...attachments.environment },
      topic,
      filter: {
        [MESSAGE_ATTRIBUTE.type]: [...RELEASING_MESSAGES, ATTACHMENT_RELEASED],
        // Most messages have no attachment, so this filter keeps them out of the queue at no cost.
        [MESSAGE_ATTRIBUTE.attachments]: ['true'],
      },
      maxConcurrency: 2,
    });
    this.function.allow(
      ['dynamodb:GetItem', 'dynamodb:BatchGetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
      [table.arn],
    );
    attachments.allowDeleting(this.function);
  }
}
