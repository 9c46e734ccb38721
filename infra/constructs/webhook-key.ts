import { Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { ENV } from '#shared/names.ts';
import type { ServiceFunction } from './service-function.ts';
import { removalPolicyOf, type Stage } from './stage.ts';

/**
 * The key from which the secrets of all endpoints are derived. Only the function that signs webhooks and the one that
 * shows a new secret once may read it.
 */
export class WebhookKey extends Secret {
  /** Variables of every function that derives secrets. */
  readonly environment: Record<string, string>;
  /** Variables of every function that checks where webhooks may go. */
  readonly hostsEnvironment: Record<string, string>;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id, {
      description: 'Counterfoil: key of the secrets that sign webhooks',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: removalPolicyOf(stage),
      ...(stage.key && { encryptionKey: stage.key }),
    });
    this.environment = { [ENV.webhookKey]: this.secretArn };
    this.hostsEnvironment = { [ENV.webhookHosts]: (stage.settings.webhooks.trustedHosts ?? []).join(' ') };
    Validations.of(this).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SMG4',
      reason: 'Another key would end the secrets of all endpoints at once. Tenants rotate the secret of an endpoint.',
    });
  }

  allowReading(reader: ServiceFunction): void {
    reader.allow(['secretsmanager:GetSecretValue'], [this.secretArn]);
  }
}
