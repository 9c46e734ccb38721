import { COMMON } from '#console/base/common-texts.ts';
import type { Texts } from '#console/base/texts.ts';

/** The texts of the settings. */
export const TEXTS = {
  ...COMMON,
  sections: { en: 'Parts of the settings', de: 'Teile der Einstellungen' },
  'section.messages': { en: 'Messages', de: 'Nachrichten' },
  'section.texts': { en: 'Texts', de: 'Texte' },
  'section.webhooks': { en: 'Webhooks', de: 'Webhooks' },
  readOnly: {
    en: 'You can see the settings. To change them, your account needs the scope messages:write.',
    de: 'Sie können die Einstellungen ansehen. Um sie zu ändern, braucht Ihr Konto das Recht messages:write.',
  },

  events: { en: 'Which messages are sent', de: 'Welche Nachrichten gesendet werden' },
  eventsLead: {
    en: 'An event without a channel sends nothing. A message that an order has already requested is still sent.',
    de: 'Ein Ereignis ohne Kanal sendet nichts. Eine Nachricht, die eine Bestellung schon angefordert hat, wird noch gesendet.',
  },
  'event.OrderPlaced': { en: 'Order confirmation', de: 'Bestellbestätigung' },
  'event.OrderApproved': { en: 'Order approval', de: 'Freigabe der Bestellung' },
  'event.OrderCancelled': { en: 'Cancellation', de: 'Stornierung' },
  'event.CustomerReminded': { en: 'Reminder', de: 'Erinnerung' },
  'event.CustomerGreeted': { en: 'Greeting of a new customer', de: 'Begrüßung neuer Kunden' },
  'event.FallbackRequested': { en: 'Fallback', de: 'Ersatznachricht' },
  'when.OrderPlaced': { en: 'An order was placed', de: 'Eine Bestellung ist eingegangen' },
  'when.OrderApproved': { en: 'A confirmed order was approved', de: 'Eine bestätigte Bestellung wurde freigegeben' },
  'when.OrderCancelled': { en: 'An order was cancelled', de: 'Eine Bestellung wurde storniert' },
  'when.CustomerReminded': {
    en: 'A placed order was not confirmed for some time',
    de: 'Eine Bestellung wurde längere Zeit nicht bestätigt',
  },
  'when.CustomerGreeted': {
    en: 'A new customer has placed the first order',
    de: 'Ein neuer Kunde hat die erste Bestellung aufgegeben',
  },
  'when.FallbackRequested': {
    en: 'A message has not arrived on the other channel',
    de: 'Eine Nachricht ist auf dem anderen Kanal nicht angekommen',
  },

  fallback: { en: 'If a message does not arrive', de: 'Wenn eine Nachricht nicht ankommt' },
  fallbackLead: {
    en: 'After this time without a delivery, a message follows on the other channel. Empty: none follows.',
    de: 'Nach dieser Zeit ohne Zustellung folgt eine Nachricht auf dem anderen Kanal. Leer: keine folgt.',
  },
  'fallback.email': {
    en: 'An e-mail has not arrived after (minutes)',
    de: 'Eine E-Mail ist nicht angekommen nach (Minuten)',
  },
  'fallback.sms': {
    en: 'A text message has not arrived after (minutes)',
    de: 'Eine SMS ist nicht angekommen nach (Minuten)',
  },
  minutesHint: { en: '1 to 10080, which is a week', de: '1 bis 10080, das ist eine Woche' },

  brand: { en: 'Brand', de: 'Marke' },
  brandLead: {
    en: 'Shown in every e-mail that is made from a template.',
    de: 'Steht in jeder E-Mail, die aus einer Vorlage entsteht.',
  },
  brandName: { en: 'Name of the brand', de: 'Name der Marke' },
  color: { en: 'Colour', de: 'Farbe' },
  colorHint: { en: '# and six hexadecimal digits', de: '# und sechs hexadezimale Ziffern' },
  chooseColor: { en: 'Choose a colour', de: 'Farbe wählen' },
  logoUrl: { en: 'Address of the logo', de: 'Adresse des Logos' },
  logoHint: {
    en: 'Begins with https://. The preview does not load it.',
    de: 'Beginnt mit https://. Die Vorschau lädt es nicht.',
  },
  sender: { en: 'Sender', de: 'Absender' },
  senderLead: {
    en: 'Applies to every e-mail. The address is the one of the stage.',
    de: 'Gilt für jede E-Mail. Die Adresse ist die der Umgebung.',
  },
  senderName: { en: 'Name of the sender', de: 'Name des Absenders' },
  replyTo: { en: 'Address for answers', de: 'Adresse für Antworten' },
  locale: { en: 'Language of recipients without one', de: 'Sprache für Empfänger ohne Angabe' },
  localeHint: {
    en: 'Like de-AT. Also decides how figures and times are written.',
    de: 'Zum Beispiel de-AT. Bestimmt auch, wie Zahlen und Zeiten geschrieben werden.',
  },

  texts: { en: 'Your own texts', de: 'Ihre eigenen Texte' },
  textsLead: {
    en: 'Each one replaces parts of a built-in message in one language. Empty parts stay as they are built in.',
    de: 'Jeder ersetzt Teile einer eingebauten Nachricht in einer Sprache. Leere Teile bleiben, wie sie eingebaut sind.',
  },
  noTexts: {
    en: 'No own texts yet. Every message has its built-in text.',
    de: 'Noch keine eigenen Texte. Jede Nachricht hat ihren eingebauten Text.',
  },
  addText: { en: 'Add a text', de: 'Text hinzufügen' },
  forMessage: { en: 'Message', de: 'Nachricht' },
  textLocale: { en: 'Language', de: 'Sprache' },
  removeText: { en: 'Remove this text', de: 'Diesen Text entfernen' },
  'part.subject': { en: 'Subject', de: 'Betreff' },
  'part.text': { en: 'Text', de: 'Text' },
  'part.html': { en: 'HTML', de: 'HTML' },
  htmlHint: {
    en: 'A fragment. It needs a text, too. Without HTML, the text is shown as HTML.',
    de: 'Ein Ausschnitt. Er braucht auch einen Text. Ohne HTML wird der Text als HTML gezeigt.',
  },
  placeholders: { en: 'Placeholders: {names}', de: 'Platzhalter: {names}' },

  preview: { en: 'Preview with sample data', de: 'Vorschau mit Beispieldaten' },
  previewed: { en: 'Message', de: 'Nachricht' },
  previewLanguage: { en: 'Language of the preview', de: 'Sprache der Vorschau' },
  previewOff: { en: 'Off: not sent', de: 'Aus: wird nicht gesendet' },
  previewFrom: { en: 'From {name}', de: 'Von {name}' },
  previewReply: { en: 'answers to {address}', de: 'Antworten an {address}' },
  previewOld: {
    en: 'The draft has faults, so this is the latest text without faults.',
    de: 'Der Entwurf hat Fehler. Gezeigt wird der letzte Text ohne Fehler.',
  },

  save: { en: 'Save', de: 'Speichern' },
  discard: { en: 'Discard', de: 'Verwerfen' },
  unsaved: { en: 'Changes that are not saved: {count}', de: 'Nicht gespeicherte Änderungen: {count}' },
  saved: {
    en: 'Saved as version {version}. New orders use it within 30 seconds.',
    de: 'Gespeichert als Version {version}. Neue Bestellungen verwenden sie innerhalb von 30 Sekunden.',
  },
  faultCount: {
    en: 'Values to correct: {count}. Nothing was saved.',
    de: 'Zu korrigierende Werte: {count}. Nichts wurde gespeichert.',
  },
  saveForbidden: {
    en: 'Saving needs the scope messages:write, which your account lacks.',
    de: 'Speichern braucht das Recht messages:write, das Ihrem Konto fehlt.',
  },

  conflictTitle: {
    en: 'Another person has changed the settings',
    de: 'Eine andere Person hat die Einstellungen geändert',
  },
  conflictLead: {
    en: 'They saved version {version}. What you have typed is still here, and is not saved.',
    de: 'Gespeichert wurde Version {version}. Was Sie geschrieben haben, ist noch da und nicht gespeichert.',
  },
  conflictChanges: { en: 'What they have changed', de: 'Was geändert wurde' },
  conflictNothing: { en: 'The values are the same as before.', de: 'Die Werte sind dieselben wie vorher.' },
  setting: { en: 'Setting', de: 'Einstellung' },
  before: { en: 'Before', de: 'Vorher' },
  theirs: { en: 'Theirs', de: 'Von der anderen Person' },
  mine: { en: 'Yours', de: 'Von Ihnen' },
  merge: { en: 'Take theirs, and keep my changes', de: 'Übernehmen, und meine Änderungen behalten' },
  takeTheirs: { en: 'Take theirs, and discard my changes', de: 'Übernehmen, und meine Änderungen verwerfen' },
  nothing: { en: 'not set', de: 'nicht gesetzt' },
} as const satisfies Texts;
