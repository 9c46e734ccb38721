import type { PageProps } from '#console/base/page.ts';
import { CustomerPage } from './customer-page.tsx';
import { OrderList } from './order-list.tsx';
import { OrderPage } from './order-page.tsx';
import { viewOf } from './view.ts';
import '#console/messages/dialog.css';
import '#console/messages/log.css';
import './orders.css';

/** The orders: all of them, one of them, or the customer of some. The URL says which. */
export default function OrdersPage({ search, ...props }: PageProps) {
  const view = viewOf(search);
  switch (view.kind) {
    case 'list':
      return <OrderList filters={view.filters} {...props} />;
    case 'order':
      return <OrderPage key={view.id} view={view} {...props} />;
    case 'customer':
      return <CustomerPage key={view.id} view={view} {...props} />;
    default:
      return view satisfies never;
  }
}
