/** The list of what arrived, newest first. Every text in it may come from a stranger's mail. */
import { find, onClick, show, write } from "./page.js";

const maxShown = 200;

/** Fields of `ox:mail:new` in the order of reading. */
const mailFields = [
  { name: "subject", label: "Subject" },
  { name: "displayname", label: "From" },
  { name: "email", label: "Address" },
  { name: "teaser", label: "Teaser" },
  { name: "folder", label: "Folder" },
  { name: "id", label: "Mail id" },
  { name: "unread", label: "Unread" },
];

const list = find("events", HTMLOListElement);
const template = find("event", HTMLTemplateElement);

onClick("clear", () => {
  list.replaceChildren();
  showWhetherEmpty();
  find("events-heading", HTMLElement).focus(); // the button is gone now
});

/**
 * @param {string} name
 * @param {readonly unknown[]} args
 */
export function addEvent(name, args) {
  const fields = name === "ox:mail:new" ? readMail(args[0]) : [];
  const item = template.content.cloneNode(true);
  if (!(item instanceof DocumentFragment)) return;
  const now = new Date();
  fill(item, "h3", name);
  fill(item, "time", now.toLocaleTimeString()).setAttribute("datetime", now.toISOString());
  fill(item, "pre", rawText([name, ...args]));
  fill(item, "dl", "").append(...fields.flatMap(({ label, text }) => [term("dt", label), term("dd", text)]));
  list.prepend(item);
  if (list.childElementCount > maxShown) list.lastElementChild?.remove();
  showWhetherEmpty();
  write(
    "announcement",
    [`Event ${name}`, ...fields.slice(0, 2).map(({ label, text }) => `${label}: ${text}`)].join(". "),
  );
}

/**
 * JSON with the characters spelt out that are not seen or change the direction of writing.
 * @param {readonly unknown[]} event
 */
function rawText(event) {
  const spell = (/** @type {string} */ unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return JSON.stringify(event, undefined, 2).replaceAll(/(?!\n)[\p{Cc}\p{Cf}]/gu, (found) =>
    found.split("").map(spell).join(""),
  );
}

/**
 * The fields that are there. A push of another producer may hold anything under these names.
 * @param {unknown} mail
 */
function readMail(mail) {
  if (typeof mail !== "object" || mail === null) return [];
  /** @type {Map<string, unknown>} */
  const values = new Map(Object.entries(mail));
  return mailFields
    .map(({ name, label }) => ({ label, value: values.get(name) }))
    .filter(({ value }) => typeof value === "string" || typeof value === "number")
    .map(({ label, value }) => ({ label, text: String(value) }));
}

/**
 * @param {DocumentFragment} item
 * @param {string} selector
 * @param {string} text
 */
function fill(item, selector, text) {
  const element = item.querySelector(selector);
  if (element === null) throw new Error(`the event's template has no ${selector}`);
  element.textContent = text;
  return element;
}

/**
 * @param {"dt" | "dd"} tag
 * @param {string} text
 */
function term(tag, text) {
  const element = document.createElement(tag);
  element.textContent = text;
  if (tag === "dd") element.dir = "auto";
  return element;
}

function showWhetherEmpty() {
  const empty = list.childElementCount === 0;
  show("no-events", empty);
  show("clear", !empty);
}
