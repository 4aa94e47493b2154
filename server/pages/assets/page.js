/**
 * The way to the elements of `playground.html`. Texts are written with `textContent` and nothing else, since mail is
 * hostile; the page's policy makes any other way fail.
 */

/**
 * The element with this id. Throws when the page has none of that type: page and script then come from two versions.
 * @template {HTMLElement} T
 * @param {string} id
 * @param {abstract new () => T} type
 * @returns {T}
 */
export function find(id, type) {
  const element = document.getElementById(id);
  if (element instanceof type) return element;
  throw new Error(`the page has no ${type.name} #${id}`);
}

/**
 * @param {string} id
 * @param {string} text
 */
export function write(id, text) {
  find(id, HTMLElement).textContent = text;
}

/**
 * @param {string} id
 * @param {boolean} shown
 */
export function show(id, shown) {
  find(id, HTMLElement).hidden = !shown;
}

/**
 * @param {string} id
 * @param {() => unknown} act
 */
export function onClick(id, act) {
  find(id, HTMLButtonElement).addEventListener("click", () => void act());
}
