import type { ReceivedAnswer } from '#test/faults/campaign/sending.ts';
import { answer, command, finds, first, healthy, request } from './facts.ts';

finds('The judge of answers to clients', healthy, [
  [
    'an accepted command without its record',
    ['lost'],
    (facts) => {
      facts.commands.splice(1, 1);
      for (const one of [first(facts.orders), first(facts.listed), first(facts.shown)]) one.version = 1;
    },
  ],
  [
    'a key whose every body was answered as a conflict',
    ['lost', 'phantom'],
    (facts) => {
      facts.requests.splice(2);
      facts.answers = facts.requests.map((one) => answer(one, 422, 'conflict'));
      facts.commands.splice(1);
    },
  ],
  [
    'a command that no client sent',
    ['phantom'],
    (facts) => facts.commands.push(command(request('item', 'not-sent', 'X'), false, 'no')),
  ],
  [
    'two answers to one key',
    ['diverging', 'diverging'],
    (facts) => {
      (facts.answers[1] as ReceivedAnswer).text = 'placed otherwise';
    },
  ],
  [
    'an answer that differs from the stored one',
    ['diverging'],
    (facts) => {
      first(facts.commands).answer = 'placed otherwise';
    },
  ],
  [
    'both bodies of a key accepted',
    ['diverging', 'diverging'],
    (facts) => {
      facts.answers[2] = answer((facts.answers[2] as ReceivedAnswer).request, 201, 'placed');
    },
  ],
  [
    'the same request accepted and a conflict',
    ['diverging'],
    (facts) => facts.answers.push(answer(first(facts.requests), 422, 'conflict')),
  ],
  [
    'an answer that no command has',
    ['diverging'],
    (facts) => {
      const bad = request('item', 'bad', 'ADD-3');
      facts.requests.push(bad);
      facts.answers.push(answer(bad, 400, 'bad'));
    },
  ],
  ['a request without an answer', ['unfinished'], (facts) => facts.requests.push(request('item', 'waiting', 'ADD-9'))],
  [
    'a client that gave up',
    ['unfinished'],
    (facts) => {
      const tired = request('item', 'tired', 'ADD-9');
      facts.requests.push(tired);
      facts.answers.push(answer(tired, 0, 'no answer'));
    },
  ],
]);
