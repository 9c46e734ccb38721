import type { Texts } from './texts.ts';

/** The texts that every page may use. `{name}` is replaced by a value. */
export const COMMON = {
  messages: { en: 'Messages', de: 'Nachrichten' },
  operations: { en: 'Operations', de: 'Betrieb' },
  tryIt: { en: 'Try it', de: 'Ausprobieren' },
  pages: { en: 'Pages', de: 'Seiten' },
  skip: { en: 'Skip to the content', de: 'Zum Inhalt springen' },
  language: { en: 'Language', de: 'Sprache' },
  theme: { en: 'Theme', de: 'Farbschema' },
  themeSystem: { en: 'Auto', de: 'Auto' },
  themeLight: { en: 'Light', de: 'Hell' },
  themeDark: { en: 'Dark', de: 'Dunkel' },
  signedInAs: { en: 'Signed in as {name}', de: 'Angemeldet als {name}' },
  signOut: { en: 'Sign out', de: 'Abmelden' },
  inbox: { en: 'Inbox', de: 'Posteingang' },

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

  channel: { en: 'Channel', de: 'Kanal' },
  status: { en: 'Status', de: 'Status' },
  recipient: { en: 'Recipient', de: 'Empfänger' },
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

  attempt: { en: 'attempt {count}', de: 'Versuch {count}' },
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

  live: { en: 'Live', de: 'Live' },
  liveHint: { en: 'Read every two seconds. Last read: {time}', de: 'Wird alle zwei Sekunden gelesen. Zuletzt: {time}' },
  paused: { en: 'Reconnecting', de: 'Verbindung wird wiederhergestellt' },
  loadMore: { en: 'Load more', de: 'Mehr laden' },
  loading: { en: 'Loading', de: 'Wird geladen' },
  end: { en: 'That is the whole log.', de: 'Das ist das ganze Protokoll.' },

  offlineTitle: { en: 'The stage does not answer', de: 'Die Umgebung antwortet nicht' },
  offlineLead: {
    en: 'Check the connection, and whether the stage runs. This page tries again by itself.',
    de: 'Prüfen Sie die Verbindung, und ob die Umgebung läuft. Diese Seite versucht es von selbst wieder.',
  },
  forbiddenTitle: { en: 'You may not see this', de: 'Das dürfen Sie nicht sehen' },
  forbiddenLead: {
    en: 'Your account lacks the scope {scope}. Ask an administrator of your tenant.',
    de: 'Ihrem Konto fehlt das Recht {scope}. Fragen Sie die Administration Ihres Mandanten.',
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

  recipients: { en: 'Recipients', de: 'Empfänger' },
  reason: { en: 'Reason', de: 'Grund' },
  next: { en: 'What to do', de: 'Was zu tun ist' },
  customer: { en: 'Customer', de: 'Kunde' },
  attempts: { en: 'Attempts', de: 'Versuche' },

  asRecipient: { en: 'As the recipient sees it', de: 'Wie der Empfänger sie sieht' },
  asText: { en: 'Text', de: 'Text' },
  frameTitle: {
    en: 'The e-mail, without scripts and remote content',
    de: 'Die E-Mail, ohne Skripte und nachgeladene Inhalte',
  },
  subject: { en: 'Subject', de: 'Betreff' },
  segments: { en: 'Parts', de: 'Teile' },
  files: { en: 'Files', de: 'Dateien' },
  sentContent: { en: 'What was sent', de: 'Was gesendet wurde' },

  answerLost: {
    en: 'It is not known whether this counted. Press the button again; it counts once.',
    de: 'Es ist nicht bekannt, ob das gezählt hat. Klicken Sie noch einmal auf die Schaltfläche; es zählt nur einmal.',
  },
} as const satisfies Texts;

export type CommonName = keyof typeof COMMON;
