import type { OrderView } from '#shared/order/responses.ts';
import type { Action } from './actions.ts';
import { minorUnitsIn } from './money.ts';

/** What a person typed for the actions, as text. It is kept when another action is chosen. */
export type Input = { reason: string; sku: string; description: string; quantity: string; unitPrice: string };

export const EMPTY_INPUT: Input = { reason: '', sku: '', description: '', quantity: '1', unitPrice: '' };

/** The body of a command; undefined while something is missing or is not a number. The API checks the rest. */
export function bodyOf(action: Action, input: Input, { currency }: Pick<OrderView, 'currency'>): object | undefined {
  const [reason, sku, description] = [input.reason.trim(), input.sku.trim(), input.description.trim()];
  switch (action) {
    case 'confirm':
    case 'approve':
      return {};
    case 'cancel':
      return reason ? { reason } : undefined;
    case 'items': {
      const unitPrice = minorUnitsIn(input.unitPrice, currency);
      const quantity = /^[1-9]\d*$/.test(input.quantity.trim()) ? Number(input.quantity) : undefined;
      if (!sku || !description || quantity === undefined || unitPrice === undefined) return undefined;
      return { sku, description, quantity, unitPrice };
    }
    default:
      return action satisfies never;
  }
}
