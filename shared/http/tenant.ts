import type { MiddlewareObj } from '@middy/core';
import { TENANT_NAME } from '#shared/names.ts';
import type { TenantRate } from '#shared/once/tenant-rate.ts';
import type { HttpEvent, HttpResponse } from './event.ts';
import { checkedOptions } from './options.ts';
import { RequestRefused } from './request-refused.ts';

export type OfTenant = { tenant: string };

/**
 * Takes the tenant from a claim of the token that the authorizer has verified. No other source is trusted.
 * @throws RequestRefused `TENANT_INVALID` if the claim is missing or malformed.
 */
export function tenant(options: { claim: string }): MiddlewareObj<HttpEvent & OfTenant, HttpResponse> {
  const { claim } = checkedOptions('tenant', options, ['claim']);
  return {
    before: ({ event }) => {
      const value = event.requestContext.authorizer?.jwt?.claims?.[claim];
      if (typeof value !== 'string' || !TENANT_NAME.test(value)) {
        throw new RequestRefused(
          'TENANT_INVALID',
          `The claim ${claim} of the token names no tenant.`,
          'Use a token of a tenant. The name of a tenant has at most 64 letters, digits, _ or -.',
        );
      }
      event.tenant = value;
    },
  };
}

/** Counts the request for its tenant, before anything of it is read. @throws TooManyRequests */
export function tenantLimit(options: { rate: TenantRate }): MiddlewareObj<HttpEvent & OfTenant, HttpResponse> {
  const { rate } = checkedOptions('tenantLimit', options, ['rate']);
  return { before: ({ event }) => rate.count(event.tenant) };
}

/** For a command about the stage and not about a tenant: its rows have an empty tenant, which no tenant's name is. */
export function wholeStage(): MiddlewareObj<HttpEvent & OfTenant, HttpResponse> {
  return {
    before: ({ event }) => {
      event.tenant = '';
    },
  };
}
