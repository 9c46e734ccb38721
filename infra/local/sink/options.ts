export type SinkOptions = {
  /** Where the inbox and events still to come are kept. */
  dataDir: string;
  /** Secret values by ARN or name. */
  secrets: Record<string, string>;
  /** Epoch milliseconds; the system's clock if absent. */
  clock?: () => number;
  /** Publishes an event to the topic of a configuration set's event destination. */
  publish?: (topicArn: string, message: string) => Promise<void>;
  /** Known configuration sets; one without a destination has no event types. */
  configurationSets?: Record<string, { eventTopicArn?: string; eventTypes: string[] }>;
  /** The same of End User Messaging. */
  smsConfigurationSets?: Record<string, { eventTopicArn?: string; eventTypes: string[] }>;
  /** Verified addresses and domains; every sender is taken for verified if absent. */
  identities?: string[];
  region?: string;
  accountId?: string;
  /** One line for each refusal and each event that could not be published. */
  log?: (line: string) => void;
};
