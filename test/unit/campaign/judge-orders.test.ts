import type { Facts } from '#test/faults/campaign/facts.ts';
import { answer, command, finds, first, healthy, request, withOrder } from './facts.ts';

finds('The judge of orders', healthy, [
  [
    'an accepted order that is not in the table',
    ['lost'],
    (facts) => [facts.orders, facts.listed].map((rows) => rows.splice(0)),
  ],
  [
    'an item for an order that is not there',
    ['lost'],
    (facts) => {
      const gone = request('item', 'late', 'ADD-2');
      facts.requests.push(gone);
      facts.answers.push(answer(gone, 404, 'none'));
    },
  ],
  [
    'an order that no client placed',
    ['phantom'],
    (facts) => {
      const other = withOrder(1, [], { orderId: 'o2' });
      facts.orders.push(...other.orders.map((order) => ({ ...order, orderId: 'o2' })));
      facts.listed.push(...other.listed.map((order) => ({ ...order, orderId: 'o2' })));
    },
  ],
  [
    'an item that was acknowledged and is not there',
    ['diverging'],
    (facts) => {
      for (const one of [first(facts.orders), first(facts.shown)]) one.skus = ['FIRST-1'];
    },
  ],
  [
    'an item that is there twice',
    ['diverging'],
    (facts) => {
      for (const one of [first(facts.orders), first(facts.shown)]) one.skus = ['FIRST-1', 'ADD-1', 'ADD-1'];
    },
  ],
  [
    'a version that skipped one',
    ['diverging'],
    (facts) => {
      for (const one of [first(facts.orders), first(facts.listed), first(facts.shown)]) one.version = 3;
    },
  ],
  [
    'an API that shows another order than the table',
    ['diverging'],
    (facts) => {
      first(facts.shown).version = 1;
    },
  ],
]);

/** The order, and a step that it accepted. */
function afterStep(): Facts {
  const facts = healthy();
  const step = request('step', 'confirm', '', { path: '/orders/o1/confirm', body: {} });
  facts.requests.push(step);
  facts.answers.push(answer(step, 200, 'confirmed'));
  facts.commands.push(command(step, true, 'confirmed'));
  for (const one of [first(facts.orders), first(facts.listed), first(facts.shown)]) one.version = 3;
  return facts;
}

finds('The judge of an order’s steps', afterStep, [
  [
    'a step without effect',
    ['diverging'],
    (facts) => {
      for (const one of [first(facts.orders), first(facts.listed), first(facts.shown)]) one.version = 2;
    },
  ],
  [
    'a cancellation without its e-mail',
    ['lost'],
    (facts) => {
      for (const one of facts.requests) if (one.kind === 'step') one.channels = ['email'];
    },
  ],
]);
