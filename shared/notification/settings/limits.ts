import type { Channel } from '#shared/names.ts';
import type { Values } from './placeholders.ts';

/** What a rendering needs of the message besides our own text. */
export type Customisation = {
  /** The name of the template. */
  template: string;
  /** BCP 47. */
  locale: string;
  /** Figures look different in a text message, which should stay within plain letters. */
  valuesFor: (channel: Channel) => Values;
};

/** Limits of an e-mail. Gmail clips a mail whose HTML is longer than about 102 KB. */
export const EMAIL_LIMIT = { subjectCharacters: 200, textCharacters: 100_000, htmlCharacters: 100_000 } as const;

/** Placeholders of every template. */
export const COMMON_PLACEHOLDERS = ['brandName'] as const;
