import { CfnOutput, Validations } from 'aws-cdk-lib';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import type { Construct } from 'constructs';
import { ENV } from '#shared/names.ts';
import type { EmailGatewayNeeds } from '../email-gateways.ts';
import { Mail } from './mail.ts';
import type { AlarmRow, Graph } from './monitoring.ts';
import { labelled } from './monitoring.ts';
import type { ServiceFunction } from './service-function.ts';
import { removalPolicyOf, type Stage } from './stage.ts';

type WebApi = Extract<EmailGatewayNeeds, { service: 'web-api' }>;

/** An e-mail provider outside AWS: the secret for its API key, and the topic for the events that it posts. */
export class WebMail extends Mail {
  /** Variables of the function that receives the events. */
  readonly receiving: Record<string, string>;
  private readonly title: string;
  private readonly apiKey: Secret;

  constructor(scope: Construct, id: string, { stage, needs }: { stage: Stage; needs: WebApi }) {
    super(scope, id, { stage });
    this.title = needs.title;
    this.receiving = needs.receiving;
    // The generated text is no key: the provider refuses it, and messages wait, until a person has stored the real one.
    this.apiKey = new Secret(this, 'api-key', {
      description: `Counterfoil: API key of ${needs.title}. Put it here: aws secretsmanager put-secret-value`,
      generateSecretString: { passwordLength: 64, excludePunctuation: true },
      removalPolicy: removalPolicyOf(stage),
      ...(stage.key && { encryptionKey: stage.key }),
    });
    new CfnOutput(this, 'api-key-secret', {
      description: `Secret for the API key of ${needs.title}`,
      value: this.apiKey.secretArn,
    });
    this.addSending({ ...needs.sending, [ENV.emailApiKey]: this.apiKey.secretArn });
    Validations.of(this.apiKey).acknowledge({
      id: 'AwsSolutions::AwsSolutions-SMG4',
      reason: 'Only the provider can make a new API key. The guide describes the rotation.',
    });
  }

  override allowSending(sender: ServiceFunction): void {
    sender.allow(['secretsmanager:GetSecretValue'], [this.apiKey.secretArn]);
  }

  alarms(): AlarmRow[] {
    return this.events.deliveryAlarms('mail-events', `events of ${this.title} about e-mails`);
  }

  panel(): Graph[] {
    const { published, delivered } = this.events.figures;
    return [
      {
        step: 'feedback',
        title: `Events of ${this.title}`,
        metrics: [labelled(published, 'received'), labelled(delivered, 'delivered to the queue')],
      },
    ];
  }
}
