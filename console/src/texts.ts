/** The languages of the console. */
export const LANGUAGES = ['en', 'de'] as const;
export type Language = (typeof LANGUAGES)[number];

type Translated = Readonly<Record<Language, string>>;

/** All texts of the console. `{name}` is replaced by a value. */
export const TEXTS = {
  title: { en: 'Messages', de: 'Nachrichten' },
  skip: { en: 'Skip to the messages', de: 'Zu den Nachrichten springen' },
  language: { en: 'Language', de: 'Sprache' },
  theme: { en: 'Theme', de: 'Farbschema' },
  themeSystem: { en: 'Auto', de: 'Auto' },
  themeLight: { en: 'Light', de: 'Hell' },
  themeDark: { en: 'Dark', de: 'Dunkel' },
  signedInAs: { en: 'Signed in as {name}', de: 'Angemeldet als {name}' },
  signOut: { en: 'Sign out', de: 'Abmelden' },
  inbox: { en: 'Inbox', de: 'Posteingang' },
  inboxHint: {
    en: 'What the outside world received (opens a new tab)',
    de: 'Was die Außenwelt erhalten hat (öffnet einen neuen Tab)',
  },

  signInTitle: { en: 'Every message, and what became of it', de: 'Jede Nachricht, und was aus ihr wurde' },
  signInLead: {
    en: 'This stage runs on your machine. Choose who you are; one click signs you in.',
    de: 'Diese Umgebung läuft auf Ihrem Rechner. Wählen Sie, wer Sie sind; ein Klick meldet Sie an.',
  },
  signInTenant: { en: 'Tenant', de: 'Mandant' },
  signInTenantHint: {
    en: 'Sees and sends its own messages',
    de: 'Sieht und sendet die eigenen Nachrichten',
  },
  signInOperator: { en: 'Operator', de: 'Betrieb' },
  signInOperatorHint: {
    en: 'A tenant that also has the scope operations',
    de: 'Ein Mandant, der auch das Recht operations hat',
  },
  signInPrivacy: {
    en: 'The token stays in the memory of this tab. Reloading the page signs you out.',
    de: 'Das Token bleibt im Speicher dieses Tabs. Beim Neuladen der Seite werden Sie abgemeldet.',
  },
  signInFailed: {
    en: 'You could not be signed in. Try again.',
    de: 'Die Anmeldung ist fehlgeschlagen. Versuchen Sie es noch einmal.',
  },
  signInUnavailable: {
    en: 'This stage has no sign-in that this console can use.',
    de: 'Diese Umgebung hat keine Anmeldung, die diese Konsole nutzen kann.',
  },
  expiredTitle: { en: 'Your session has expired', de: 'Ihre Sitzung ist abgelaufen' },
  expiredLead: {
    en: 'Sign in again. The page opens where you left it.',
    de: 'Melden Sie sich noch einmal an. Die Seite öffnet sich dort, wo Sie waren.',
  },

  filters: { en: 'Filters', de: 'Filter' },
  filterCount: { en: '{count} set', de: '{count} gesetzt' },
  clearFilters: { en: 'Clear filters', de: 'Filter entfernen' },
  channel: { en: 'Channel', de: 'Kanal' },
  status: { en: 'Status', de: 'Status' },
  purpose: { en: 'Purpose', de: 'Zweck' },
  recipient: { en: 'Recipient', de: 'Empfänger' },
  recipientHint: { en: 'Whole address or +number', de: 'Ganze Adresse oder +Nummer' },
  order: { en: 'Order', de: 'Bestellung' },
  created: { en: 'Created', de: 'Erstellt' },
  from: { en: 'From', de: 'Von' },
  to: { en: 'Until', de: 'Bis' },
  any: { en: 'Any', de: 'Alle' },

  'channel.email': { en: 'E-mail', de: 'E-Mail' },
  'channel.sms': { en: 'Text message', de: 'SMS' },
  'channel.webhook': { en: 'Webhook', de: 'Webhook' },

  'status.PENDING': { en: 'Waiting', de: 'Wartet' },
  'status.SENDING': { en: 'Sending', de: 'Wird gesendet' },
  'status.SENT': { en: 'Sent', de: 'Gesendet' },
  'status.FAILED': { en: 'Failed', de: 'Fehlgeschlagen' },
  'status.UNKNOWN': { en: 'Unknown', de: 'Unbekannt' },
  'status.HELD': { en: 'Needs a decision', de: 'Entscheidung nötig' },
  'status.SUPPRESSED': { en: 'Suppressed', de: 'Unterdrückt' },
  'status.CANCELLED': { en: 'Cancelled', de: 'Abgebrochen' },
  'status.DELIVERED': { en: 'Delivered', de: 'Zugestellt' },
  'status.DELAYED': { en: 'Delayed', de: 'Verzögert' },
  'status.BOUNCED': { en: 'Bounced', de: 'Unzustellbar' },
  'status.COMPLAINED': { en: 'Marked as spam', de: 'Als Spam gemeldet' },
  'status.REJECTED': { en: 'Rejected', de: 'Abgelehnt' },
  'status.RENDERING_FAILED': { en: 'Not rendered', de: 'Nicht erzeugt' },
  'status.UNDELIVERED': { en: 'Not delivered', de: 'Nicht zugestellt' },
  'status.SOFT_BOUNCED': { en: 'Not delivered (temporary reason)', de: 'Nicht zugestellt (vorübergehender Grund)' },
  'status.UNCONFIRMED': { en: 'Not confirmed', de: 'Nicht bestätigt' },

  live: { en: 'Live', de: 'Live' },
  liveHint: { en: 'Read every two seconds. Last read: {time}', de: 'Wird alle zwei Sekunden gelesen. Zuletzt: {time}' },
  paused: { en: 'Reconnecting', de: 'Verbindung wird wiederhergestellt' },
  newMessages: { en: 'New messages: {count}', de: 'Neue Nachrichten: {count}' },
  shown: { en: 'Messages shown: {count}', de: 'Nachrichten angezeigt: {count}' },
  loadMore: { en: 'Load more', de: 'Mehr laden' },
  loading: { en: 'Loading', de: 'Wird geladen' },
  end: { en: 'That is the whole log.', de: 'Das ist das ganze Protokoll.' },

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
  offlineTitle: { en: 'The stage does not answer', de: 'Die Umgebung antwortet nicht' },
  offlineLead: {
    en: 'Check the connection, and whether the stage runs. This page tries again by itself.',
    de: 'Prüfen Sie die Verbindung, und ob die Umgebung läuft. Diese Seite versucht es von selbst wieder.',
  },
  forbiddenTitle: { en: 'You may not see this', de: 'Das dürfen Sie nicht sehen' },
  forbiddenLead: {
    en: 'Your account lacks the scope messages:read. Ask an administrator of your tenant.',
    de: 'Ihrem Konto fehlt das Recht messages:read. Fragen Sie die Administration Ihres Mandanten.',
  },
  brokenTitle: { en: 'This page has failed', de: 'Diese Seite ist ausgefallen' },
  brokenLead: {
    en: 'The messages are not affected. Open the page again and sign in.',
    de: 'Die Nachrichten sind nicht betroffen. Öffnen Sie die Seite noch einmal und melden Sie sich an.',
  },
  openAgain: { en: 'Open the page again', de: 'Seite noch einmal öffnen' },
  errorTitle: { en: 'The stage refused this', de: 'Die Umgebung hat das abgelehnt' },
  notFoundTitle: { en: 'There is no such message', de: 'Diese Nachricht gibt es nicht' },
  notFoundLead: {
    en: 'It does not exist, or it belongs to another tenant.',
    de: 'Sie existiert nicht oder gehört einem anderen Mandanten.',
  },

  close: { en: 'Close', de: 'Schließen' },
  message: { en: 'Message', de: 'Nachricht' },
  erased: { en: 'Erased', de: 'Gelöscht' },
  doubled: {
    en: 'The provider accepted this message twice. The recipient received it twice.',
    de: 'Der Anbieter hat diese Nachricht zweimal angenommen. Der Empfänger hat sie zweimal erhalten.',
  },
  timeline: { en: 'Timeline', de: 'Zeitverlauf' },
  timelineTotal: { en: '{duration} in all, drawn to scale', de: '{duration} insgesamt, maßstäblich gezeichnet' },
  attempt: { en: 'attempt {count}', de: 'Versuch {count}' },
  'phase.publishing': { en: 'Outbox', de: 'Outbox' },
  'phase.queueing': { en: 'Queue', de: 'Warteschlange' },
  'phase.attempt': { en: 'Call to the provider', de: 'Aufruf des Anbieters' },
  'phase.waiting': { en: 'Waiting', de: 'Warten' },
  'phase.delivery': { en: 'Delivery', de: 'Zustellung' },
  'event.accepted': { en: 'Accepted', de: 'Angenommen' },
  'event.published': { en: 'Published', de: 'Veröffentlicht' },
  'event.claimed': { en: 'Claimed by a sender', de: 'Vom Sender übernommen' },
  'event.sent': { en: 'Accepted by the provider', de: 'Vom Anbieter angenommen' },
  'event.rejected': { en: 'Refused by the provider', de: 'Vom Anbieter abgelehnt' },
  'event.unknown': { en: 'The provider’s answer is not known', de: 'Antwort des Anbieters nicht bekannt' },
  'event.deferred': { en: 'Not possible at the moment', de: 'Im Moment nicht möglich' },
  'event.held': { en: 'Waits for a decision', de: 'Wartet auf eine Entscheidung' },
  'event.suppressed': { en: 'Suppressed', de: 'Unterdrückt' },
  'event.cancelled': { en: 'Cancelled', de: 'Abgebrochen' },
  'event.resolved': { en: 'Decided', de: 'Entschieden' },
  'event.feedback': { en: 'Reported by the provider', de: 'Vom Anbieter gemeldet' },

  sentContent: { en: 'What was sent', de: 'Was gesendet wurde' },
  contentMissing: {
    en: 'The content is not written yet, or it was erased.',
    de: 'Der Inhalt ist noch nicht geschrieben, oder er wurde gelöscht.',
  },
  asRecipient: { en: 'As the recipient saw it', de: 'Wie der Empfänger sie sah' },
  asText: { en: 'Text', de: 'Text' },
  details: { en: 'Details', de: 'Details' },
  frameTitle: {
    en: 'The e-mail, without scripts and remote content',
    de: 'Die E-Mail, ohne Skripte und nachgeladene Inhalte',
  },
  subject: { en: 'Subject', de: 'Betreff' },
  segments: { en: 'Parts', de: 'Teile' },
  files: { en: 'Files', de: 'Dateien' },
  recipients: { en: 'Recipients', de: 'Empfänger' },
  reason: { en: 'Reason', de: 'Grund' },
  next: { en: 'What to do', de: 'Was zu tun ist' },
  correlationId: { en: 'Correlation id', de: 'Korrelations-ID' },
  providerMessageId: { en: 'Id of the provider', de: 'ID des Anbieters' },
  notificationId: { en: 'Message id', de: 'Nachrichten-ID' },
  customer: { en: 'Customer', de: 'Kunde' },
  sendAt: { en: 'Not before', de: 'Nicht vor' },
  attempts: { en: 'Attempts', de: 'Versuche' },

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
  answerLost: {
    en: 'It is not known whether this counted. Press the button again; it counts once.',
    de: 'Es ist nicht bekannt, ob das gezählt hat. Klicken Sie noch einmal auf die Schaltfläche; es zählt nur einmal.',
  },
  decisionForbidden: {
    en: 'A decision needs the scope messages:write, which your account lacks.',
    de: 'Eine Entscheidung braucht das Recht messages:write, das Ihrem Konto fehlt.',
  },
} as const satisfies Record<string, Translated>;

export type TextName = keyof typeof TEXTS;
export type Translate = (name: TextName, values?: Readonly<Record<string, string | number>>) => string;

/** The texts of one language. */
export const textsIn =
  (language: Language): Translate =>
  (name, values = {}) =>
    TEXTS[name][language].replace(/\{(\w+)\}/g, (placeholder, key: string) => String(values[key] ?? placeholder));

const isTextName = (name: string): name is TextName => Object.hasOwn(TEXTS, name);

/** The text for a value of the API, like a status. A value that this page does not know is shown as it is. */
export const valueText = (t: Translate, group: 'status' | 'channel' | 'event' | 'decision', value: string): string => {
  const name = `${group}.${value}`;
  return isTextName(name) ? t(name) : value;
};

/** The best of our languages for a list of preferred ones, like `navigator.languages`. */
export function languageFor(preferred: readonly string[]): Language {
  const wanted = preferred.map((tag) => tag.slice(0, 2).toLowerCase());
  return wanted.flatMap((tag) => LANGUAGES.filter((language) => language === tag))[0] ?? 'en';
}
