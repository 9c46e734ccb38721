import type { RenderedSms } from '#shared/notification/content.ts';
import { languageOf } from '#shared/notification/rendering/language.ts';
import { smsOf } from '#shared/notification/rendering/sms.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import type { Filling } from '#shared/notification/template.ts';
import { REASON, STATUS_SENTENCE } from './fallback-texts.ts';
import type { OrderFallback } from './order-fallback.ts';

/** The fallback of an e-mail as a text message. */
export function fallbackSms({ locale, data: { orderId, name, status } }: Filling<OrderFallback>): RenderedSms {
  const language = languageOf(locale);
  return smsOf(`${STATUS_SENTENCE[language][status](orderId)} ${REASON[language].sms(singleLine(name))}`);
}
