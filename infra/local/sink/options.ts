import type { WebhookFaults } from './webhooks.ts';

export type SinkOptions = {
  /** Folder of the inbox and of the events that are not yet published. */
  dataDir: string;
  /** The port that the inbox should have again. If it is in use, or absent, the inbox gets any free port. */
  inboxPort?: number | undefined;
  /** Secret values by ARN or name. */
  secrets: Record<string, string>;
  /** Epoch milliseconds. The system's clock if absent. */
  clock?: () => number;
  /** Publishes an event to the topic of a configuration set's event destination, or to SendGrid's destination. */
  publish?: (topicArn: string, message: string) => Promise<void>;
  /** Known configuration sets. A set without a destination has no event types. */
  configurationSets?: Record<string, { eventTopicArn?: string; eventTypes: string[] }>;
  /** The same for End User Messaging. */
  smsConfigurationSets?: Record<string, { eventTopicArn?: string; eventTypes: string[] }>;
  /** SendGrid: the API key that it accepts, and where it posts its events. Absent: it is not emulated. */
  sendGrid?: { apiKey: string; eventDestination: string };
  /** Verified addresses and domains. If absent, every sender counts as verified. */
  identities?: string[];
  /** The faults of calls to webhooks; absent: none. */
  webhookFaults?: WebhookFaults;
  region?: string;
  accountId?: string;
  /** Receives one line for each refusal and each event that could not be published. */
  log?: (line: string) => void;
};
