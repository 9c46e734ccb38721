import { Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { ENV } from '#shared/names.ts';
import type { ServiceFunction } from './service-function.ts';
import { removalPolicyOf, type Stage } from './stage.ts';

/**
 * Key of the hashes of request bodies and recipients. Without a key, the content behind a hash that remains after an
 * erasure could be guessed.
 */
export class HashSecret extends Secret {
  /** Variables of every function that computes these hashes. */
  readonly environment: Record<string, string>;

  constructor(scope: Construct, id: string, { stage }: { stage: Stage }) {
    super(scope, id, {
      description: 'Counterfoil: key of the hashes that recognise a repeated request',
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: removalPolicyOf(stage),
      ...(stage.key && { encryptionKey: stage.key }),
    });
    this.environment = { [ENV.secret]: this.secretArn };
    Validations.of(this).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SMG4',
      reason:
        'A rotated key would no longer recognise repeated requests and suppressed recipients, which are recognised at any age.',
    });
  }

  allowReading(reader: ServiceFunction): void {
    reader.allow(['secretsmanager:GetSecretValue'], [this.secretArn]);
  }
}
