import { Lazy } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { commandRoutes } from '#shared/api/routes.ts';
import { ENV, FUNCTION } from '#shared/names.ts';
import { CommandFunction } from './command-function.ts';
import type { Platform } from './platform.ts';

/** Handles commands over HTTP: one transaction writes the state and its outgoing messages. */
export class Commands extends CommandFunction {
  override readonly integration = 'commands';
  override readonly routes = commandRoutes();

  constructor(scope: Construct, platform: Platform) {
    const { stage, attachments, webhookKey, topic } = platform;
    super(scope, platform, {
      name: FUNCTION.handleCommand,
      environment: {
        ...attachments.environment,
        ...attachments.uploadEnvironment,
        ...webhookKey.environment,
        ...webhookKey.hostsEnvironment,
        [ENV.webhookOverlapSeconds]: String(stage.settings.webhooks.overlapSeconds),
        // A tenant's endpoint may subscribe to them. The domains are added after this lane.
        [ENV.domainEventTypes]: Lazy.string({ produce: () => topic.typesOfDomains.join(' ') }),
      },
    });
    // The customers who were registered with an address.
    this.allow(['dynamodb:Query'], [platform.table.arn]);
    attachments.allowUploads(this);
    attachments.allowReading(this);
    // A new secret is shown once.
    webhookKey.allowReading(this);
  }
}
