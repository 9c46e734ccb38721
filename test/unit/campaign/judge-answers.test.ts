import type { Told } from '#test/faults/campaign/clients.ts';
import { command, finds, first, healthy, told, wish } from './facts.ts';

finds('The judge of what clients were told', healthy, [
  [
    'an accepted command without its record',
    ['lost'],
    (facts) => {
      facts.commands.splice(1, 1);
      for (const one of [first(facts.orders), first(facts.shown)]) one.version = 1;
    },
  ],
  [
    'a key whose every body was told to conflict',
    ['lost', 'phantom'],
    (facts) => {
      facts.wishes.splice(2);
      facts.told = facts.wishes.map((one) => told(one, 422, 'conflict'));
      facts.commands.splice(1);
    },
  ],
  [
    'a command that nobody sent',
    ['phantom'],
    (facts) => facts.commands.push(command(wish('item', 'unheard', 'X'), false, 'no')),
  ],
  [
    'two answers to one key',
    ['diverging', 'diverging'],
    (facts) => {
      (facts.told[1] as Told).text = 'placed otherwise';
    },
  ],
  [
    'a client told other than what is stored',
    ['diverging'],
    (facts) => {
      first(facts.commands).answer = 'placed otherwise';
    },
  ],
  [
    'both bodies of a key accepted',
    ['diverging', 'diverging'],
    (facts) => {
      facts.told[2] = told((facts.told[2] as Told).wish, 201, 'placed');
    },
  ],
  [
    'the same request accepted and a conflict',
    ['diverging'],
    (facts) => facts.told.push(told(first(facts.wishes), 422, 'conflict')),
  ],
  [
    'an answer that no command has',
    ['diverging'],
    (facts) => {
      const bad = wish('item', 'bad', 'ADD-3');
      facts.wishes.push(bad);
      facts.told.push(told(bad, 400, 'bad'));
    },
  ],
  ['a wish without an answer', ['unfinished'], (facts) => facts.wishes.push(wish('item', 'waiting', 'ADD-9'))],
  [
    'a client that gave up',
    ['unfinished'],
    (facts) => {
      const tired = wish('item', 'tired', 'ADD-9');
      facts.wishes.push(tired);
      facts.told.push(told(tired, 0, 'no answer'));
    },
  ],
]);
