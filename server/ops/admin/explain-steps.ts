/**
 * Why a user has push or has none, step by step: an ordered list, of which each step looks at the facts and says what it
 * finds. A further reason is a further step in the list, and a further fact in `Facts`. Pure.
 */
import type { Refusal } from "../../http/refusals.ts";
import type { ConfigEntry } from "./config-entry.ts";
import type { SocketEntry } from "./socket-pages.ts";
import type { Completeness } from "./sockets-view.ts";
import type { Standing, ToldRefusal } from "./standing.ts";

export interface Facts {
  readonly standing: Standing;
  /** Open now at all nodes; of very many the first. */
  readonly sockets: Completeness & { readonly sockets: readonly SocketEntry[]; readonly total: number };
  /** Of all nodes, newest first. */
  readonly refusals: Completeness & { readonly refusals: readonly ToldRefusal[] };
}

/** `blocks`: the user has no push for it. `unknown`: nobody can tell here. `note`: for the reader. */
export type Finding = { readonly state: "fine" | "blocks" | "unknown" | "note"; readonly says: string };

export interface ExplainStep {
  readonly step: string;
  readonly look: (facts: Facts) => Finding;
}

const fine = (says: string): Finding => ({ state: "fine", says });
const step = (name: string, look: ExplainStep["look"]): ExplainStep => ({ step: name, look });
const blocks = (says: string): Finding => ({ state: "blocks", says });

export const explainSteps: readonly ExplainStep[] = [
  step("package", ({ standing: { package: status } }) => {
    const says = `the package ${status.name} is ${status.enabled ? "enabled" : "disabled"} (${status.reason})`;
    return status.enabled ? fine(says) : blocks(says);
  }),
  step("setting", ({ standing: { enabled, mayOpen } }) => {
    const says = valueText(enabled);
    if (mayOpen === undefined) return { state: "unknown", says: `${says}; nobody could tell just now what counts` };
    return mayOpen ? fine(says) : blocks(says);
  }),
  step("context", ({ standing }) => accountState(standing, "context")),
  step("user", ({ standing }) => accountState(standing, "user")),
  step("capability", ({ standing: { package: status, mayOpen, users } }) => {
    if (users === undefined)
      return {
        state: "unknown",
        says: "the capability websocket is the middleware's to give; the page connects only with it",
      };
    if (users.guest) return blocks("the user is a guest, and guests have no capability websocket");
    if (status.enabled && mayOpen === undefined)
      return { state: "unknown", says: "whether the user has the capability websocket depends on the setting" };
    const has = status.enabled && mayOpen === true;
    return has ? fine("the user has the capability websocket") : blocks("the user has no capability websocket");
  }),
  step("sessions", ({ standing: { users } }) => {
    if (users === undefined) return { state: "unknown", says: "sessions are the middleware's" };
    const { length } = users.sessions;
    return length > 0
      ? fine(`${counted(length, "session")} logged in`)
      : { state: "note", says: "the user is not logged in" };
  }),
  step("sockets", ({ sockets }) => {
    const where = [...new Set(sockets.sockets.map(({ node }) => node))].join(", ");
    const says =
      sockets.total === 0 ? "no socket is open now" : `${counted(sockets.total, "socket")} open now, at ${where}`;
    if (!sockets.complete) return { state: "unknown", says: `${says}; ${missingText(sockets)}` };
    return { state: sockets.total === 0 ? "note" : "fine", says };
  }),
  step("refusals", ({ refusals }) => {
    const told = refusals.refusals.map(refusalText).join("; ");
    const says = told === "" ? "no refusal is remembered" : `last refusals: ${told}`;
    if (!refusals.complete) return { state: "unknown", says: `${says}; ${missingText(refusals)}` };
    return told === "" ? fine(says) : { state: "note", says };
  }),
];

/** One sentence: has the user push, and if not, why. */
export function conclude(facts: Facts, found: readonly Finding[]): { verdict: Verdict; sentence: string } {
  const { login, user, context } = facts.standing.person;
  const who = `${login === undefined ? "" : `${login}, `}user ${user} of context ${context},`;
  const reason = found.find(({ state }) => state === "blocks");
  const { total } = facts.sockets;
  const yet = total === 0 ? "" : `, though ${counted(total, "socket")} opened before may still be open`;
  if (reason !== undefined) return { verdict: "blocked", sentence: `${who} has no push: ${reason.says}${yet}.` };
  if (total > 0) return { verdict: "push", sentence: `${who} has push, with ${counted(total, "open socket")}.` };
  const [last] = facts.refusals.refusals;
  const why = last === undefined ? "" : `; last refused: ${refusalText(last)}`;
  return { verdict: "no-socket", sentence: `${who} may have push, but no socket is open now${why}.` };
}

/** `no-socket`: nothing stands in the way, but there is none. */
export type Verdict = "push" | "no-socket" | "blocked";

function valueText({ name, value, means, place, set, withTags, scope, shadows }: ConfigEntry): string {
  const meaning = means === undefined ? "" : `, which means ${means}`;
  const inSet = set === undefined ? "" : `, context set ${set} with tags ${JSON.stringify(withTags)}`;
  const from = scope === "default" ? "the default, as nothing else says" : `${scope}: ${place}${inSet}`;
  const beaten = shadows.map((one) => `${one.value} (${one.scope}: ${one.place})`).join(", ");
  return `${name} is ${value === "" ? "empty" : value}${meaning} (${from})${beaten === "" ? "" : `, before ${beaten}`}`;
}

function accountState({ users, person }: Standing, which: "context" | "user"): Finding {
  if (users === undefined)
    return { state: "unknown", says: `whether the ${which} is enabled is the middleware's to know` };
  const says = `${which} ${person[which]} is ${users[which]}`;
  return users[which] === "enabled" ? fine(says) : blocks(says);
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

const missingText = ({ missing }: Completeness): string =>
  missing.length === 0 ? "the cluster is not reached" : `no answer of ${missing.join(", ")}`;

const refusalText = ({ at, reason, node }: ToldRefusal): string => `${at} ${wordsOf(reason)} (${reason}, at ${node})`;

/** A later release may know reasons that this one does not. */
const wordsOf = (reason: string): string =>
  Object.entries(refusalWords).find(([known]) => known === reason)?.[1] ?? "for another reason";

const refusalWords: Readonly<Record<Refusal, string>> = {
  "session-missing": "no session was named",
  "session-unknown": "the session was not known",
  "secret-missing": "the secret cookie was missing",
  "secret-mismatch": "the secret cookie did not fit the session",
  "context-unknown": "the context was not known",
  "context-disabled": "the context was disabled",
  "user-unknown": "the user was not known",
  "user-disabled": "the user was disabled",
  "multifactor-pending": "the second factor was not given",
  "ip-check": "the address was not that of the login",
  "websockets-disabled": "web sockets were switched off",
  "source-unreachable": "nobody could check the session",
  origin: "the page came from an origin that is not allowed",
  path: "the path was not the endpoint's",
  "bad-request": "the request made no sense",
  "unsupported-version": "the WebSocket version was not 13",
  method: "the method was not allowed",
  "too-many-handshakes": "too many handshakes came from its address",
  "too-many-pending": "too many connections of the user had not joined yet",
  draining: "the node took no new sockets",
};
