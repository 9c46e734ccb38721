import type { RenderedSms } from '#shared/notification/content.ts';
import { languageOf, type Texts } from '#shared/notification/rendering/language.ts';
import { smsOf } from '#shared/notification/rendering/sms.ts';
import { singleLine } from '#shared/notification/rendering/text.ts';
import type { Filling } from '#shared/notification/template.ts';
import type { Welcome } from './welcome.ts';

/** The name comes last, so that cutting loses the least. */
const BODY: Texts<(name: string) => string> = {
  en: (name) => `Thank you for your first order. Welcome, ${name}!`,
  de: (name) => `Vielen Dank für Ihre erste Bestellung. Willkommen, ${name}!`,
};

/** The greeting as a text message. */
export const welcomeSms = ({ locale, data: { name } }: Filling<Welcome>): RenderedSms =>
  smsOf(BODY[languageOf(locale)](singleLine(name)));
