/** Addresses of the mailbox simulator, which SES and the local cloud treat alike. `own`: the person writes an address. */
export const ADDRESSES = ['success', 'bounce', 'complaint', 'ooto', 'suppressionlist', 'own'] as const;
export type Address = (typeof ADDRESSES)[number];

/** How many orders are placed at once. Several are needed to open a circuit breaker. */
export const COUNTS = [1, 6] as const;

export type DraftLine = { description: string; quantity: string; unitPrice: string };

/** The form as the person filled it. Only the API checks it. */
export type Draft = {
  name: string;
  address: Address;
  ownAddress: string;
  phone: string;
  lines: readonly DraftLine[];
  count: number;
};

export const FIRST_DRAFT: Draft = {
  name: 'Ada Lovelace',
  address: 'success',
  ownAddress: '',
  phone: '+4366012345678',
  lines: [
    { description: 'Green tea', quantity: '2', unitPrice: '12.50' },
    { description: 'Porcelain cup', quantity: '1', unitPrice: '18.90' },
  ],
  count: 1,
};

/**
 * The body of `POST /orders`.
 * @param label makes the address of the simulator another one for each order. An address that bounced once is suppressed.
 */
export function orderOf({ name, address, ownAddress, phone, lines }: Draft, label: string): object {
  const email = address === 'own' ? ownAddress.trim() : `${address}+${label}@simulator.amazonses.com`;
  return {
    contact: { name: name.trim(), ...(email && { email }), ...(phone.trim() && { phone: phone.trim() }) },
    currency: 'EUR',
    lines: lines.map((line, index) => ({
      sku: `LINE-${index + 1}`,
      description: line.description.trim(),
      quantity: Number(line.quantity),
      unitPrice: Math.round(Number(line.unitPrice.replace(',', '.')) * 100),
    })),
  };
}
