import { Option } from '@commander-js/extra-typings';
import type { Query } from '../api.ts';

/** The filters of dead letters, as options: the API’s names and meanings. */
export const FILTERS = {
  subscriber: new Option('--subscriber <name>', 'only those of this function'),
  type: new Option('--type <type>', 'only messages of this type'),
  reason: new Option('--reason <code>', 'only those with this reason'),
  fingerprint: new Option('--fingerprint <group>', 'only those of this group'),
  tenant: new Option('--tenant <tenant>', 'only messages of this tenant'),
  from: new Option('--from <time>', 'open since this time or later (RFC 3339)'),
  to: new Option('--to <time>', 'open since before this time'),
  owner: new Option('--owner <owner>', 'only groups with this owner'),
} as const;

/** The given filters. The stage checks them. */
export const filtersIn = ({ subscriber, type, reason, fingerprint, tenant, from, to, owner }: Query): Query => ({
  ...{ subscriber, type, reason, fingerprint, tenant, from, to, owner },
});
