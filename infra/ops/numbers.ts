import { EXIT, OpsFailure } from './exit-codes.ts';

/** Reads a number of the command line. The stage checks its range. */
export const numberOf =
  (option: string) =>
  (text: string): number => {
    if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
    throw new OpsFailure(EXIT.usage, `${option} "${text}" is not a number.`);
  };

/** Reads numbers that are separated by commas. `none`: an empty list. */
export const numberList =
  (option: string) =>
  (text: string): number[] =>
    text === 'none' ? [] : text.split(',').map(numberOf(option));
