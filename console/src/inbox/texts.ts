import { COMMON } from '#console/base/common-texts.ts';
import type { Texts } from '#console/base/texts.ts';

/** The texts of the inbox. */
export const TEXTS = {
  ...COMMON,
  lead: {
    en: 'What the outside world received, from every tenant of this machine.',
    de: 'Was die Außenwelt erhalten hat, von jedem Mandanten auf diesem Rechner.',
  },
  lists: { en: 'Kinds of messages', de: 'Arten von Nachrichten' },
  all: { en: 'All', de: 'Alle' },
  'list.emails': { en: 'E-mails', de: 'E-Mails' },
  'list.sms': { en: 'Text messages', de: 'SMS' },
  'list.webhooks': { en: 'Webhooks', de: 'Webhooks' },
  find: { en: 'Find a recipient or a text', de: 'Empfänger oder Text suchen' },
  received: { en: 'Received messages', de: 'Erhaltene Nachrichten' },
  older: { en: 'Older ones: {count}. Search to find them.', de: 'Ältere: {count}. Suchen Sie danach.' },
  arrivedOne: { en: 'New: {what}, to {who}', de: 'Neu: {what}, an {who}' },
  arrivedMany: { en: 'New messages: {count}', de: 'Neue Nachrichten: {count}' },
  emptyTitle: { en: 'Nothing has arrived yet', de: 'Noch ist nichts angekommen' },
  emptyLead: {
    en: 'Place an order, and its messages arrive here.',
    de: 'Geben Sie eine Bestellung auf, dann kommen ihre Nachrichten hier an.',
  },
  noMatchTitle: { en: 'Nothing matches', de: 'Nichts passt' },
  noMatchLead: { en: 'No message has these words.', de: 'Keine Nachricht enthält diese Worte.' },
  noEntry: { en: 'This message is not in the inbox.', de: 'Diese Nachricht ist nicht im Posteingang.' },
  newest: { en: 'Show the newest', de: 'Neueste zeigen' },
  details: { en: 'Details', de: 'Einzelheiten' },
  headers: { en: 'Headers', de: 'Kopfzeilen' },
  tags: { en: 'Tags', de: 'Tags' },
  context: { en: 'Context', de: 'Kontext' },
  sender: { en: 'From', de: 'Von' },
  recipient: { en: 'To', de: 'An' },
  noSubject: { en: '(no subject)', de: '(kein Betreff)' },
  openMessage: { en: 'Open the message', de: 'Nachricht öffnen' },
} as const satisfies Texts;

export type TextName = keyof typeof TEXTS;
