import { Construct } from 'constructs';
import { ENV } from '#shared/names.ts';
import type { AlarmRow, Graph, Monitored } from './monitoring.ts';
import type { ServiceFunction } from './service-function.ts';
import { ServiceTopic } from './service-topic.ts';
import type { Stage } from './stage.ts';

/** The e-mail provider of a stage: what its senders need, and the topic for its events. */
export abstract class Mail extends Construct implements Monitored {
  /** The provider's events about every message. */
  readonly events: ServiceTopic;
  /** Variables of every function that sends e-mail. */
  readonly environment: Record<string, string>;
  /** Variables of every function that reads or receives events. */
  readonly provider: Record<string, string>;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id);
    const { provider, sender } = stage.settings.email;
    this.provider = { [ENV.emailProvider]: provider };
    this.environment = { ...this.provider, [ENV.sender]: sender };
    this.events = new ServiceTopic(this, 'events', { stage });
  }

  /** Allows a function to send. */
  abstract allowSending(sender: ServiceFunction): void;
  abstract alarms(): AlarmRow[];
  abstract panel(): Graph[];

  /** Adds variables of every function that sends e-mail. */
  protected addSending(variables: Record<string, string>): void {
    Object.assign(this.environment, variables);
  }
}
