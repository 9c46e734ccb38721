import { COMMON } from '#console/base/common-texts.ts';
import type { Texts } from '#console/base/texts.ts';

/** The texts of the message log and of a message. */
export const TEXTS = {
  ...COMMON,
  clearFilters: { en: 'Clear filters', de: 'Filter entfernen' },
  purpose: { en: 'Purpose', de: 'Zweck' },
  endpoint: { en: 'Endpoint', de: 'Endpunkt' },
  recipientHint: { en: 'Address or +number', de: 'Adresse oder +Nummer' },

  newMessages: { en: 'New messages: {count}', de: 'Neue Nachrichten: {count}' },
  shown: { en: 'Messages shown: {count}', de: 'Nachrichten angezeigt: {count}' },

  emptyTitle: { en: 'No messages yet', de: 'Noch keine Nachrichten' },
  emptyLead: {
    en: 'As soon as an order is placed, its messages appear here.',
    de: 'Sobald eine Bestellung eingeht, erscheinen ihre Nachrichten hier.',
  },
  placeSample: { en: 'Place a sample order', de: 'Beispielbestellung aufgeben' },
  noMatchTitle: { en: 'No message matches', de: 'Keine Nachricht passt' },
  noMatchLead: {
    en: 'No message has all of these properties.',
    de: 'Keine Nachricht hat alle diese Eigenschaften.',
  },
  noMatchYet: {
    en: 'None of the latest messages matches. Older ones may.',
    de: 'Keine der neuesten Nachrichten passt. Ältere vielleicht.',
  },

  message: { en: 'Message', de: 'Nachricht' },
  erased: { en: 'Erased', de: 'Gelöscht' },
  doubled: {
    en: 'The provider accepted this message twice. The recipient received it twice.',
    de: 'Der Anbieter hat diese Nachricht zweimal angenommen. Der Empfänger hat sie zweimal erhalten.',
  },
  timeline: { en: 'Timeline', de: 'Zeitverlauf' },
  timelineTotal: { en: '{duration} in all, drawn to scale', de: '{duration} insgesamt, maßstäblich gezeichnet' },
  'phase.publishing': { en: 'Outbox', de: 'Outbox' },
  'phase.queueing': { en: 'Queue', de: 'Warteschlange' },
  'phase.attempt': { en: 'Call to the provider', de: 'Aufruf des Anbieters' },
  'phase.waiting': { en: 'Waiting', de: 'Warten' },
  'phase.delivery': { en: 'Delivery', de: 'Zustellung' },

  content: { en: 'Content', de: 'Inhalt' },
  contentMissing: {
    en: 'The content is not written yet, or it was erased.',
    de: 'Der Inhalt ist noch nicht geschrieben, oder er wurde gelöscht.',
  },
  details: { en: 'Details', de: 'Details' },
  correlationId: { en: 'Correlation id', de: 'Korrelations-ID' },
  providerMessageId: { en: 'Id of the provider', de: 'ID des Anbieters' },
  notificationId: { en: 'Message id', de: 'Nachrichten-ID' },
  sendAt: { en: 'Not before', de: 'Nicht vor' },

  decide: { en: 'Decide', de: 'Entscheiden' },
  decideLead: {
    en: 'Find out whether the recipient has the message. Then choose what happens.',
    de: 'Finden Sie heraus, ob der Empfänger die Nachricht hat. Wählen Sie dann, was geschieht.',
  },
  cancelLead: {
    en: 'It is not sent yet, so you can still stop it.',
    de: 'Sie ist noch nicht gesendet. Sie können sie noch stoppen.',
  },
  'decision.resend': { en: 'Send it again', de: 'Noch einmal senden' },
  'decision.mark-sent': { en: 'Mark it as sent', de: 'Als gesendet markieren' },
  'decision.cancel': { en: 'Do not send it', de: 'Nicht senden' },
  'consequence.resend': {
    en: 'A sender calls the provider again. If the first call had reached it, the recipient gets the message twice.',
    de: 'Ein Sender ruft den Anbieter noch einmal auf. Hatte der erste Aufruf ihn erreicht, erhält der Empfänger die Nachricht zweimal.',
  },
  'consequence.mark-sent': {
    en: 'Nothing is sent. The message counts as sent, with your name and reason.',
    de: 'Nichts wird gesendet. Die Nachricht gilt als gesendet, mit Ihrem Namen und Ihrem Grund.',
  },
  'consequence.cancel': {
    en: 'Nothing is sent, now or later.',
    de: 'Nichts wird gesendet, weder jetzt noch später.',
  },
  decisionReason: {
    en: 'Reason, shown to everyone who sees this message',
    de: 'Grund, für alle sichtbar, die diese Nachricht sehen',
  },
  decided: { en: 'Your decision counts: {action}.', de: 'Ihre Entscheidung gilt: {action}.' },
  otherDecided: { en: 'In the meantime, this was decided:', de: 'Inzwischen wurde entschieden:' },
  decisionLate: {
    en: 'Your decision did not count, because the message has changed. Look at it again before you decide.',
    de: 'Ihre Entscheidung zählte nicht, weil sich die Nachricht geändert hat. Sehen Sie sie noch einmal an, bevor Sie entscheiden.',
  },
  decisionForbidden: {
    en: 'A decision needs the scope messages:write, which your account lacks.',
    de: 'Eine Entscheidung braucht das Recht messages:write, das Ihrem Konto fehlt.',
  },
} as const satisfies Texts;

export type TextName = keyof typeof TEXTS;
