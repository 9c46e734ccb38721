import { singleLine } from '#shared/notification/rendering/text.ts';
import { templateOf } from '#shared/notification/template.ts';

export type Welcome = { name: string };

/** The message that greets a new customer. */
export const WELCOME = templateOf<Welcome>('greeting', {
  figures: {},
  typed: { name: ({ data }) => singleLine(data.name) },
  sample: { name: 'Ada Lovelace' },
});
