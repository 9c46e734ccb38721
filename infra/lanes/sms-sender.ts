import type { Construct } from 'constructs';
import { FUNCTION } from '#shared/names.ts';
import type { Platform } from './platform.ts';
import { Sender } from './sender.ts';

/** Sends text messages through the stage's gateway. */
export class SmsSender extends Sender {
  constructor(scope: Construct, platform: Platform) {
    const { stage, texts } = platform;
    super(scope, platform, {
      name: FUNCTION.sendSms,
      channel: 'sms',
      ratePerSecond: stage.settings.sms.ratePerSecond,
      environment: texts.environment,
    });
    texts.allowSending(this.function);
  }
}
