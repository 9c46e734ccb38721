import { COMMON } from '#console/base/common-texts.ts';
import type { Texts } from '#console/base/texts.ts';

/** The texts of “Try it”. */
export const TEXTS = {
  ...COMMON,
  lead: {
    en: 'Place an order, and watch its messages on their way. A step lights up when the API says that it happened.',
    de: 'Geben Sie eine Bestellung auf und sehen Sie den Weg ihrer Nachrichten. Ein Schritt leuchtet auf, sobald die API sagt, dass er geschehen ist.',
  },
  orderForm: { en: 'Place an order', de: 'Bestellung aufgeben' },
  address: { en: 'E-mail address', de: 'E-Mail-Adresse' },
  'address.success': { en: 'success: is delivered', de: 'success: wird zugestellt' },
  'address.bounce': { en: 'bounce: does not exist', de: 'bounce: gibt es nicht' },
  'address.complaint': { en: 'complaint: reports spam', de: 'complaint: meldet Spam' },
  'address.ooto': { en: 'ooto: answers “out of office”', de: 'ooto: antwortet „abwesend“' },
  'address.suppressionlist': { en: 'suppressionlist: is blocked by SES', de: 'suppressionlist: ist bei SES gesperrt' },
  'address.own': { en: 'Another address …', de: 'Andere Adresse …' },
  addressHint: { en: 'Addresses of SES’s mailbox simulator', de: 'Adressen des Postfach-Simulators von SES' },
  ownAddress: { en: 'Other e-mail address', de: 'Andere E-Mail-Adresse' },
  phone: { en: 'Phone', de: 'Telefon' },
  phoneHint: { en: 'Without a number, no text message is sent', de: 'Ohne Nummer wird keine SMS gesendet' },
  count: { en: 'Orders', de: 'Bestellungen' },
  'count.1': { en: '1 order', de: '1 Bestellung' },
  'count.6': { en: '6 orders at once', de: '6 Bestellungen auf einmal' },
  nameAndLines: { en: 'Name and lines', de: 'Name und Positionen' },
  name: { en: 'Name', de: 'Name' },
  description: { en: 'Description {count}', de: 'Bezeichnung {count}' },
  quantity: { en: 'Quantity {count}', de: 'Menge {count}' },
  unitPrice: { en: 'Price in EUR {count}', de: 'Preis in EUR {count}' },
  addLine: { en: 'Add a line', de: 'Position hinzufügen' },
  removeLine: { en: 'Remove line {count}', de: 'Position {count} entfernen' },
  place: { en: 'Place order', de: 'Bestellen' },
  placing: { en: 'Placing …', de: 'Wird bestellt …' },

  faults: { en: 'Break something', de: 'Etwas kaputt machen' },
  faultsLead: {
    en: 'One fault at a time. It ends by itself after a minute.',
    de: 'Ein Fehler zur Zeit. Er endet nach einer Minute von selbst.',
  },
  switchOff: { en: 'Switch off', de: 'Ausschalten' },
  faultIsOn: { en: 'On for {seconds} s more', de: 'Noch {seconds} s eingeschaltet' },
  faultHits: { en: 'calls hit: {count}', de: 'betroffene Aufrufe: {count}' },
  foreignFault: {
    en: 'A script has changed this cloud through its control API. A fault from here replaces its rules.',
    de: 'Ein Skript hat diese Cloud über ihre Steuer-API verändert. Ein Fehler von hier ersetzt seine Regeln.',
  },
  faultFailed: {
    en: 'The fault could not be switched. Try again.',
    de: 'Der Fehler konnte nicht geschaltet werden. Versuchen Sie es noch einmal.',
  },
  'fault.answer-lost': { en: 'The provider loses its answer', de: 'Die Antwort des Anbieters geht verloren' },
  'breaks.answer-lost': {
    en: 'The provider takes the message, and the connection breaks before its answer arrives.',
    de: 'Der Anbieter nimmt die Nachricht an, und die Verbindung bricht ab, bevor seine Antwort ankommt.',
  },
  'does.answer-lost': {
    en: 'Counterfoil does not send again: the e-mail is settled by the provider’s event, and the text message, for which SNS reports nothing, waits for a person.',
    de: 'Counterfoil sendet nicht noch einmal: Die E-Mail klärt das Ereignis des Anbieters, und die SMS, zu der SNS nichts meldet, wartet auf einen Menschen.',
  },
  'fault.sender-dies': { en: 'The sender dies after the call', de: 'Der Sender stirbt nach dem Aufruf' },
  'breaks.sender-dies': {
    en: 'The process that sends e-mails is killed after each call, before it can store the answer.',
    de: 'Der Prozess, der E-Mails sendet, wird nach jedem Aufruf beendet, bevor er die Antwort speichern kann.',
  },
  'does.sender-dies': {
    en: 'The claim shows that a call may have happened, so nothing is sent again until the provider’s event says what became of it.',
    de: 'Die Übernahme zeigt, dass ein Aufruf geschehen sein kann. Darum wird nichts noch einmal gesendet, bis das Ereignis des Anbieters sagt, was daraus wurde.',
  },
  'fault.provider-down': { en: 'The provider is down', de: 'Der Anbieter ist ausgefallen' },
  'breaks.provider-down': {
    en: 'The providers of both channels refuse every connection.',
    de: 'Die Anbieter beider Kanäle weisen jede Verbindung ab.',
  },
  'does.provider-down': {
    en: 'A refused connection has sent nothing, so the messages wait and are tried again until the fault ends.',
    de: 'Eine abgewiesene Verbindung hat nichts gesendet. Darum warten die Nachrichten und werden wieder versucht, bis der Fehler endet.',
  },
  'fault.topic-refuses': { en: 'The topic refuses', de: 'Das Topic verweigert die Annahme' },
  'breaks.topic-refuses': {
    en: 'SNS answers each attempt of the relay to publish with an error.',
    de: 'SNS beantwortet jeden Versuch des Relays, zu veröffentlichen, mit einem Fehler.',
  },
  'does.topic-refuses': {
    en: 'The message is safe in the outbox, and a second function publishes it when it is due.',
    de: 'Die Nachricht ist sicher in der Outbox, und eine zweite Funktion veröffentlicht sie, sobald sie fällig ist.',
  },
  'fault.account-paused': { en: 'The account is paused', de: 'Das Konto ist gesperrt' },
  'breaks.account-paused': {
    en: 'SES refuses every e-mail, because the sending of the account is paused.',
    de: 'SES lehnt jede E-Mail ab, weil das Senden des Kontos pausiert ist.',
  },
  'does.account-paused': {
    en: 'After five refused e-mails the circuit breaker opens: no more calls are made, all e-mails wait, and a probe looks whether the account may send again. Place 6 orders to see it.',
    de: 'Nach fünf abgelehnten E-Mails öffnet der Schutzschalter: Es wird nicht mehr aufgerufen, alle E-Mails warten, und eine Probe prüft, ob das Konto wieder senden darf. Geben Sie 6 Bestellungen auf.',
  },

  watch: { en: 'On the way', de: 'Unterwegs' },
  emptyLead: {
    en: 'Place an order. Its steps light up here.',
    de: 'Geben Sie eine Bestellung auf. Ihre Schritte leuchten hier auf.',
  },
  runTitle: { en: 'Order', de: 'Bestellung' },
  committed: { en: 'Order and outbox committed', de: 'Bestellung und Outbox gespeichert' },
  committedHint: { en: 'one transaction', de: 'eine Transaktion' },
  'step.published': { en: 'Published', de: 'Veröffentlicht' },
  'step.claimed': { en: 'Claimed', de: 'Übernommen' },
  'step.accepted': { en: 'Provider', de: 'Anbieter' },
  'step.outcome': { en: 'Outcome', de: 'Ergebnis' },
  'step.outside': { en: 'Outside world', de: 'Außenwelt' },
  'state.open': { en: 'not yet', de: 'noch nicht' },
  'state.active': { en: 'now', de: 'jetzt' },
  'state.done': { en: 'done', de: 'erledigt' },
  'state.attention': { en: 'waits', de: 'wartet' },
  'state.bad': { en: 'ended', de: 'beendet' },
  'status.ACCEPTED': { en: 'Accepted', de: 'Angenommen' },
  'status.SENDING': { en: 'Being called', de: 'Wird aufgerufen' },
  'status.UNKNOWN': { en: 'Answer unknown', de: 'Antwort unbekannt' },
  'status.DEFERRED': { en: 'Is tried again', de: 'Wird wieder versucht' },
  'status.UNREPORTED': { en: 'No report', de: 'Keine Meldung' },
  received: { en: '{count} received', de: '{count} erhalten' },
  story: { en: 'What happened', de: 'Was geschah' },
  decide: { en: 'Decide', de: 'Entscheiden' },
  openMessage: { en: 'Open the message', de: 'Nachricht öffnen' },
  openInbox: { en: 'Open the inbox', de: 'Posteingang öffnen' },
  waitsBecause: { en: 'Waits because of {reason}', de: 'Wartet wegen {reason}' },
} as const satisfies Texts;

export type TextName = keyof typeof TEXTS;
