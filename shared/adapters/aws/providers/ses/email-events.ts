export { parseSesEvent as parseEvent } from './event.ts';
