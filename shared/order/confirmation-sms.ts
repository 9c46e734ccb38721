import type { RenderedSms } from '#shared/notification/content.ts';
import { countText, moneyFormat } from '#shared/notification/rendering/figures.ts';
import { languageOf, pluralOf } from '#shared/notification/rendering/language.ts';
import { smsOf } from '#shared/notification/rendering/sms.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import type { Filling } from '#shared/notification/template.ts';
import type { OrderConfirmation } from './confirmation.ts';
import { TEXT_WORDS } from './confirmation-texts.ts';

/**
 * The confirmation as a text message. Important facts come first and user input comes last, so that cutting loses the
 * least.
 */
export function confirmationSms(filling: Filling<OrderConfirmation>): RenderedSms {
  const { locale, data } = filling;
  const { orderId, itemCount } = data;
  const { body } = TEXT_WORDS[languageOf(locale)];
  const items = itemCount === 0 ? {} : { items: itemsText(filling) };
  return smsOf(body({ orderId, name: singleLine(data.name), ...items }));
}

function itemsText({ locale, data: { currency, itemCount, total } }: Filling<OrderConfirmation>): string {
  // The currency's code instead of its symbol: a single ₹ or zł would double the price of the message.
  const money = moneyFormat(currency, locale, 'code');
  const language = languageOf(locale);
  const { items, item } = TEXT_WORDS[language];
  return items(countText(itemCount, locale), pluralOf(itemCount, language, item), money(BigInt(total)));
}
