import { COMMON } from '#console/base/common-texts.ts';
import type { Texts } from '#console/base/texts.ts';

/** The texts of the section of webhooks. */
export const TEXTS = {
  ...COMMON,
  endpoints: { en: 'Endpoints', de: 'Endpunkte' },
  endpointsLead: {
    en: 'Systems of yours that get events as signed POST requests.',
    de: 'Ihre Systeme, die Ereignisse als signierte POST-Anfragen erhalten.',
  },
  noEndpoints: { en: 'No endpoints yet.', de: 'Noch keine Endpunkte.' },
  addEndpoint: { en: 'Add an endpoint', de: 'Endpunkt hinzufügen' },
  newEndpoint: { en: 'New endpoint', de: 'Neuer Endpunkt' },
  endpointId: { en: 'Name of the endpoint', de: 'Name des Endpunkts' },
  endpointIdHint: {
    en: 'Your own name for it, like billing. It stays as long as the endpoint.',
    de: 'Ihr eigener Name dafür, zum Beispiel billing. Er bleibt so lange wie der Endpunkt.',
  },
  url: { en: 'Address', de: 'Adresse' },
  urlHint: {
    en: 'On AWS, it begins with https:// and is public.',
    de: 'Auf AWS beginnt sie mit https:// und ist öffentlich.',
  },
  description: { en: 'Description', de: 'Beschreibung' },
  enabled: { en: 'Receives webhooks', de: 'Erhält Webhooks' },
  on: { en: 'yes', de: 'ja' },
  off: { en: 'no', de: 'nein' },
  endpointOn: { en: 'On', de: 'An' },
  endpointOff: { en: 'Paused', de: 'Angehalten' },
  endpointGone: { en: 'Paused: it answered 410', de: 'Angehalten: er hat mit 410 geantwortet' },
  since: { en: 'since', de: 'seit' },
  eventTypes: { en: 'Events', de: 'Ereignisse' },
  otherType: { en: 'An event of a business domain', de: 'Ein Ereignis einer Fachdomäne' },
  otherTypeName: { en: 'Type of the event', de: 'Typ des Ereignisses' },
  otherTypeHint: { en: 'Like counterfoil.reader.opened.v1', de: 'Zum Beispiel counterfoil.reader.opened.v1' },
  addType: { en: 'Add the type', de: 'Typ hinzufügen' },

  save: { en: 'Save', de: 'Speichern' },
  saving: { en: 'Saving', de: 'Wird gespeichert' },
  discard: { en: 'Discard', de: 'Verwerfen' },
  unsaved: { en: 'Not saved', de: 'Nicht gespeichert' },
  endpointSaved: {
    en: 'Saved. It applies to every event from now on.',
    de: 'Gespeichert. Es gilt ab jetzt für jedes Ereignis.',
  },
  saveForbidden: {
    en: 'Saving needs the scope messages:write, which your account lacks.',
    de: 'Speichern braucht das Recht messages:write, das Ihrem Konto fehlt.',
  },
  faultCount: {
    en: 'Values to correct: {count}. Nothing was saved.',
    de: 'Zu korrigierende Werte: {count}. Nichts wurde gespeichert.',
  },
  listChanged: {
    en: 'Another person has changed the endpoints. They were read again, and what you have typed is still here. Save again.',
    de: 'Eine andere Person hat die Endpunkte geändert. Sie wurden neu gelesen, und was Sie geschrieben haben, ist noch da. Speichern Sie noch einmal.',
  },
  endpointMissing: { en: 'This endpoint does not exist any more.', de: 'Diesen Endpunkt gibt es nicht mehr.' },
  conflictTitle: {
    en: 'Another person has changed this endpoint',
    de: 'Eine andere Person hat diesen Endpunkt geändert',
  },
  conflictLead: {
    en: 'What you have typed is still here, and is not saved.',
    de: 'Was Sie geschrieben haben, ist noch da und nicht gespeichert.',
  },
  removedTitle: {
    en: 'Another person has removed this endpoint. Saving adds it again, with a new secret.',
    de: 'Eine andere Person hat diesen Endpunkt entfernt. Speichern fügt ihn wieder hinzu, mit einem neuen Geheimnis.',
  },
  setting: { en: 'Setting', de: 'Einstellung' },
  theirs: { en: 'Theirs', de: 'Von der anderen Person' },
  mine: { en: 'Yours', de: 'Von Ihnen' },
  merge: { en: 'Take theirs, and keep my changes', de: 'Übernehmen, und meine Änderungen behalten' },
  takeTheirs: { en: 'Take theirs, and discard my changes', de: 'Übernehmen, und meine Änderungen verwerfen' },

  rotate: { en: 'New secret', de: 'Neues Geheimnis' },
  rotateNow: {
    en: 'Make a new secret. The present one ends later',
    de: 'Neues Geheimnis erzeugen. Das jetzige endet später',
  },
  rotateAtOnce: {
    en: 'Make a new secret, and end the earlier one at once',
    de: 'Neues Geheimnis erzeugen und das frühere sofort beenden',
  },
  removeEndpoint: { en: 'Remove', de: 'Entfernen' },
  removeEndpointNow: { en: 'Remove it with its secrets', de: 'Mit seinen Geheimnissen entfernen' },
  secretPresent: { en: 'Secret since', de: 'Geheimnis seit' },
  secretEarlier: { en: 'the earlier one also signs until', de: 'das frühere signiert auch bis' },
  secretTitle: { en: 'New secret', de: 'Neues Geheimnis' },
  secretLead: {
    en: 'Store it at the receiver now. It is shown only once.',
    de: 'Hinterlegen Sie es jetzt beim Empfänger. Es wird nur einmal gezeigt.',
  },
  copy: { en: 'Copy', de: 'Kopieren' },
  copied: { en: 'Copied', de: 'Kopiert' },
  copyFailed: {
    en: 'The browser did not permit it. Select the text.',
    de: 'Der Browser hat es nicht erlaubt. Markieren Sie den Text.',
  },
  secretStored: { en: 'I have stored it', de: 'Ich habe es hinterlegt' },

  test: { en: 'Send a test event', de: 'Testereignis senden' },
  testSaved: {
    en: 'The test goes to the endpoint as it is saved.',
    de: 'Der Test geht an den Endpunkt, wie er gespeichert ist.',
  },
  testPaused: { en: 'A paused endpoint gets no test.', de: 'Ein angehaltener Endpunkt erhält keinen Test.' },
  testWaits: { en: 'The test event is on its way.', de: 'Das Testereignis ist unterwegs.' },
  testMessage: { en: 'Open the message', de: 'Nachricht öffnen' },
  testAccepted: {
    en: 'The endpoint has accepted it (2xx) after {ms} ms.',
    de: 'Der Endpunkt hat es nach {ms} ms angenommen (2xx).',
  },
  testRepeats: { en: 'It is posted again by itself.', de: 'Es wird von selbst noch einmal gesendet.' },

  deliveries: { en: 'Last deliveries', de: 'Letzte Zustellungen' },
  noDeliveries: { en: 'Nothing was posted to it yet.', de: 'An ihn wurde noch nichts gesendet.' },
  noRecentDeliveries: {
    en: 'None among the latest messages.',
    de: 'Keine unter den letzten Nachrichten.',
  },
  deliveriesFailed: {
    en: 'The deliveries could not be read. This page tries again by itself.',
    de: 'Die Zustellungen konnten nicht gelesen werden. Diese Seite versucht es von selbst wieder.',
  },
  allDeliveries: { en: 'All webhooks in the message log', de: 'Alle Webhooks im Nachrichtenprotokoll' },
} as const satisfies Texts;
