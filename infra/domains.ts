/**
 * The business domains and subscribers that have a folder with functions of their own, one line for each. A domain
 * without functions of its own, such as orders, is served by the platform's functions and is not listed.
 */
export { addReaderLanes } from '#functions/reader/lanes.ts';
