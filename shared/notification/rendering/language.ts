/** The languages of our own texts. Every template has all of them, which the compiler checks (see `Texts`). */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

/** The words of a template, in every language. */
export type Texts<Words> = Readonly<Record<Language, Words>>;

/**
 * The language of our texts for a recipient.
 * @param locale BCP 47: `de-AT`. Another language, or a malformed locale, gets English.
 */
export function languageOf(locale: string): Language {
  const [primary = ''] = locale.toLowerCase().split('-');
  return LANGUAGES.find((language) => language === primary) ?? 'en';
}

/** Forms of a word by CLDR's plural categories. English and German have these two for whole numbers. */
export type Plural = { one: string; other: string };

/** The form of a word for a count: 1 item, 2 items. */
export function pluralOf(count: number, language: Language, forms: Plural): string {
  return new Intl.PluralRules(language).select(count) === 'one' ? forms.one : forms.other;
}
