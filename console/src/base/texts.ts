/** The languages of the console. */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

type Translated = Readonly<Record<Language, string>>;

/** A table of texts: the common ones, or those of a page. `{name}` in a text is replaced by a value. */
export type Texts = Readonly<Record<string, Translated>>;

/** Gives the texts of one table in one language. */
export type Translate<Name extends string = string> = {
  (name: Name, values?: Readonly<Record<string, string | number>>): string;
  /** The text for a value of the API, like a status. A value that this page does not know is shown as it is. */
  value(group: string, value: string): string;
};

/** The texts of a table in one language. */
export function textsIn<Name extends string>(
  texts: Readonly<Record<Name, Translated>>,
  language: Language,
): Translate<Name> {
  const isName = (name: string): name is Name => Object.hasOwn(texts, name);
  const text: (name: Name, values?: Readonly<Record<string, string | number>>) => string = (name, values = {}) =>
    texts[name][language].replace(/\{(\w+)\}/g, (placeholder, key: string) => String(values[key] ?? placeholder));
  const value = (group: string, one: string): string => {
    const name = `${group}.${one}`;
    return isName(name) ? text(name) : one;
  };
  return Object.assign(text, { value });
}

/** The best of our languages for a list of preferred ones, like `navigator.languages`. */
export function languageFor(preferred: readonly string[]): Language {
  const wanted = preferred.map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.flatMap((tag) => LANGUAGES.filter((language) => language === tag))[0] ?? 'en';
}
