import { wholeMessageOf } from '../base/failure.ts';
import type { SinkOptions } from './options.ts';
import type { AcceptedMail } from './sendgrid.ts';
import { sendGridEvents } from './sendgrid-events.ts';
import type { AcceptedEmail } from './ses.ts';
import { sesEvents } from './ses-events.ts';
import { type EventSetting, type EventType, isEventType, type SinkSettings } from './settings.ts';
import type { AcceptedText } from './sms-voice.ts';
import type { NewEvent, SinkStore } from './store.ts';
import { textEvents } from './text-events.ts';

/** Window within which `reorder` reverses the order of events. */
const reorderWindowMs = 1000;

/** Pause after a failed publish. SNS also repeats until it succeeds. */
const retryMs = 1000;

/** Node fires a timer with a longer delay immediately. */
const maxTimerMs = 2 ** 31 - 1;

type Publish = NonNullable<SinkOptions['publish']>;

export type EventFeed = ReturnType<typeof createEventFeed>;

type FeedParts = {
  store: SinkStore;
  clock: () => number;
  log: (line: string) => void;
  options: Pick<
    SinkOptions,
    'publish' | 'configurationSets' | 'smsConfigurationSets' | 'sendGrid' | 'region' | 'accountId'
  >;
  settings: () => SinkSettings;
};

/**
 * Publishes events when they are due, one after the other, and repeats each until it succeeds. They are stored until
 * then, so that a restart loses none. An event that was published just before a crash is published twice, which SNS may
 * do too.
 */
export function createEventFeed({ store, clock, log, options, settings }: FeedParts) {
  const { publish, configurationSets = {}, smsConfigurationSets = {} } = options;
  const { region = 'eu-central-1', accountId = '000000000000' } = options;
  let timer: NodeJS.Timeout | undefined;
  let publishing: Promise<void> | undefined;
  let running = false;

  const wake = (): void => {
    if (!running || !publish || publishing) return;
    clearTimeout(timer);
    publishing = round(publish);
  };

  /** Publishes the due events, then waits for the next one. */
  const round = async (send: Publish): Promise<void> => {
    let pauseMs = 0;
    try {
      await publishDue(send);
    } catch (error) {
      log(`sink: an event could not be published, trying again in ${retryMs} ms: ${wholeMessageOf(error)}`);
      pauseMs = retryMs;
    }
    // No `await` from here on: an event that arrived while `wake` did nothing is found here.
    publishing = undefined;
    const next = store.nextEvent();
    if (next && running) timer = setTimeout(wake, Math.min(Math.max(next.dueAt - clock(), pauseMs), maxTimerMs));
  };

  const publishDue = async (send: Publish): Promise<void> => {
    for (let event = store.nextEvent(); event && running && event.dueAt <= clock(); event = store.nextEvent()) {
      await send(event.topicArn, event.body);
      store.removeEvent(event.n);
    }
  };

  /** The events, at the times and in the number that the settings define. */
  const publishedTo = (topicArn: string | undefined, events: EmittedEvent[]): NewEvent[] => {
    if (!topicArn || !publish) return [];
    return events.flatMap(({ type, afterMs, body }) => {
      const setting = settings().events?.[type] ?? {};
      const due = { dueAt: dueAt(setting, clock() + afterMs), reversed: setting.reorder === true };
      const event = { type, topicArn, body: JSON.stringify(body), ...due };
      return Array.from({ length: setting.copies ?? 1 }, () => event);
    });
  };

  /** The events that the configuration set publishes. */
  const publishedEvents = (set: ConfigurationSet | undefined, events: EmittedEvent[]): NewEvent[] => {
    const { eventTopicArn, eventTypes = [] } = set ?? {};
    const wanted = eventTypes.map(normalisedName);
    const isWanted = ({ type }: EmittedEvent): boolean =>
      wanted.includes(normalisedName(type)) || (wanted.includes('textall') && type.startsWith('TEXT_'));
    return publishedTo(eventTopicArn, events.filter(isWanted));
  };

  return {
    /** The events of an accepted e-mail that its configuration set publishes. They are stored with the e-mail. */
    eventsOf: (email: AcceptedEmail): NewEvent[] =>
      publishedEvents(
        configurationSets[email.configurationSet ?? ''],
        sesEvents(email, { region, accountId }, settings().outcomes),
      ),
    /** The same for a message that SendGrid accepted. */
    eventsOfMail: (mail: AcceptedMail): NewEvent[] =>
      publishedTo(options.sendGrid?.eventDestination, sendGridEvents(mail, settings().outcomes)),
    /** The same for an accepted text message. */
    eventsOfText: (text: AcceptedText): NewEvent[] =>
      publishedEvents(smsConfigurationSets[text.configurationSet ?? ''], textEvents(text, settings().failingNumbers)),
    /** Publishes due events. To be called after new events were stored. */
    wake,
    /** Releases events that are no longer withheld. */
    settingsChanged(): void {
      for (const type of store.withheldTypes()) {
        const setting = isEventType(type) ? settings().events?.[type] : undefined;
        if (!setting?.withhold) store.release(type, clock());
      }
      wake();
    },
    start(): void {
      running = true;
      if (publish) validateDestinations(store, configurationSets, clock());
      this.settingsChanged();
    },
    /** Ends after the current publish. */
    async stop(): Promise<void> {
      running = false;
      clearTimeout(timer);
      await publishing;
    },
  };
}

type ConfigurationSet = { eventTopicArn?: string; eventTypes: string[] };
type EmittedEvent = { type: EventType; afterMs: number; body: Record<string, unknown> };

/** `DELIVERY_DELAY`, `deliveryDelay` and `DeliveryDelay` are the same type. */
const normalisedName = (type: string): string => type.toLowerCase().replace(/[^a-z]/g, '');

/** SES sends a plain text to a new event destination first. It is not an event: readers of the topic must accept it. */
function validateDestinations(
  store: SinkStore,
  sets: NonNullable<SinkOptions['configurationSets']>,
  now: number,
): void {
  const body = 'Successfully validated SNS topic for Amazon SES event publishing.';
  for (const [name, { eventTopicArn }] of Object.entries(sets)) {
    if (eventTopicArn === undefined) continue;
    const event = { type: 'Validation', topicArn: eventTopicArn, body, dueAt: now, reversed: false };
    store.addDestination(`${name} ${eventTopicArn}`, event);
  }
}

/** When an event is published; `null` if it is withheld. */
function dueAt({ delayMs = 0, withhold, reorder }: EventSetting, at: number): number | null {
  if (withhold) return null;
  const due = at + delayMs;
  if (!reorder) return due;
  // Mirrored at the end of its window: the last event of the window is published first.
  const windowEnd = (Math.floor(due / reorderWindowMs) + 1) * reorderWindowMs;
  return windowEnd + (windowEnd - due);
}
