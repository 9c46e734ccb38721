import type { Construct } from 'constructs';
import type { Attachments } from '../constructs/attachments.ts';
import type { HashSecret } from '../constructs/hash-secret.ts';
import type { Mail } from '../constructs/mail.ts';
import type { MessageTopic } from '../constructs/service-topic.ts';
import type { Stage } from '../constructs/stage.ts';
import type { CounterfoilTable } from '../constructs/table.ts';
import type { TextMessages } from '../constructs/text-messages.ts';
import type { WebhookKey } from '../constructs/webhook-key.ts';

/** What a stage offers to its lanes. A lane names what it uses in the parameters of its constructor. */
export type Platform = {
  stage: Stage;
  table: CounterfoilTable;
  secret: HashSecret;
  attachments: Attachments;
  topic: MessageTopic;
  mail: Mail;
  texts: TextMessages;
  webhookKey: WebhookKey;
};

/** Adds the lanes of a business domain to a stage. */
export type AddLanes = (scope: Construct, platform: Platform) => void;
