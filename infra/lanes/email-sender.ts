import type { Construct } from 'constructs';
import { FUNCTION } from '#shared/names.ts';
import type { Platform } from './platform.ts';
import { Sender } from './sender.ts';

/** Sends e-mails through SES. */
export class EmailSender extends Sender {
  constructor(scope: Construct, platform: Platform) {
    const { stage, mail, attachments } = platform;
    super(scope, platform, {
      name: FUNCTION.sendEmail,
      channel: 'email',
      ratePerSecond: stage.settings.email.ratePerSecond,
      environment: { ...mail.environment, ...attachments.environment },
    });
    mail.allowSending(this.function);
    attachments.allowReading(this.function);
  }
}
