import type { AnnounceContext, Decider } from '#shared/messaging/decider.ts';
import { type AnnouncedNotifications, announcedTogether, type NotificationTerms } from './request.ts';

type ProcessDecider<State, Command, Event> = Decider<State, Command, Event, NotificationTerms, AnnouncedNotifications>;

/** What differs between process managers. `requestsOf`: the notifications that an event requests. */
type Process<State, Command, Event> = Pick<
  ProcessDecider<State, Command, Event>,
  'shape' | 'decide' | 'evolve' | 'due'
> & {
  requestsOf(event: Event, context: AnnounceContext<NotificationTerms>): AnnouncedNotifications[];
};

/**
 * The decider of a process manager whose state is a part of another subject. It publishes no message of its own, only
 * requests to send.
 */
export const processDecider = <State extends { status: string }, Command, Event>({
  requestsOf,
  ...process
}: Process<State, Command, Event>): ProcessDecider<State, Command, Event> => ({
  ...process,
  process: process.shape.name,
  announce: (events, _state, context) => announcedTogether(events.flatMap((event) => requestsOf(event, context))),
  // Timelines show it.
  answer: ({ status }) => ({ status }),
});
