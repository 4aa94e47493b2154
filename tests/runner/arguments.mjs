// @ts-check
/** What the words after `npm test --` mean. */
import { tiers } from "../tiers.mjs";

/**
 * @typedef {object} Asked
 * @property {readonly string[]} tiers names; none: all
 * @property {readonly string[]} jest handed on to Jest
 * @property {number} repeat at least 1
 */

/**
 * Tiers come first; from the first word that is none, all is Jest's, except `--repeat N`.
 * @param {readonly string[]} words
 * @returns {Asked | { problem: string }}
 */
export function readArguments(words) {
  const names = tiers.map(({ name }) => name);
  /** @type {{ tiers: string[]; jest: string[]; repeat: number }} */
  const asked = { tiers: [], jest: [], repeat: 1 };
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word === "--repeat") {
      at += 1;
      asked.repeat = Number(words[at]);
    } else if (asked.jest.length === 0 && names.includes(word)) asked.tiers.push(word);
    else if (asked.jest.length === 0 && asked.tiers.length === 0 && !word.startsWith("-")) {
      return { problem: `there is no tier "${word}"; there are: ${names.join(", ")}` };
    } else asked.jest.push(word);
  }
  if (!Number.isInteger(asked.repeat) || asked.repeat < 1) return { problem: "--repeat needs a number of runs" };
  return asked;
}
