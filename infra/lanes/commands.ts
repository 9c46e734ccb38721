import type { Construct } from 'constructs';
import { commandRoutes } from '#shared/api/routes.ts';
import { FUNCTION } from '#shared/names.ts';
import { CommandFunction } from './command-function.ts';
import type { Platform } from './platform.ts';

/** Handles commands over HTTP: one transaction writes the state and its outgoing messages. */
export class Commands extends CommandFunction {
  override readonly integration = 'commands';
  override readonly routes = commandRoutes();

  constructor(scope: Construct, platform: Platform) {
    const { attachments } = platform;
    super(scope, platform, {
      name: FUNCTION.handleCommand,
      environment: { ...attachments.environment, ...attachments.uploadEnvironment },
    });
    // The customers who were registered with an address.
    this.allow(['dynamodb:Query'], [platform.table.arn]);
    attachments.allowUploads(this);
    attachments.allowReading(this);
  }
}
