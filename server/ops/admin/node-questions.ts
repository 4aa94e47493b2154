/**
 * What an administrator's question becomes at each node, and what the node answers: the same at the node that was asked
 * and at all others. Forms are part of what nodes of one release and the next tell each other.
 * Not here: how a question gets to the others (node-directory.ts), and what is made of the answers (sockets-view.ts).
 */
import { setImmediate } from "node:timers/promises";
import { z } from "zod";
import type { OpenSocket, OpenSockets } from "../../realtime/open-sockets.ts";
import { configEntry } from "./config-entry.ts";
import type { RefusalMemory } from "../refusal-memory.ts";
import { knownPerson, person, unknownPerson } from "./standing.ts";
import type { Person, refusalsAnswer, Standing } from "./standing.ts";
import { fits, socketFilter } from "./socket-filter.ts";
import type { SocketFilter } from "./socket-filter.ts";
import { entryOf, firstAfter, place, placeOf, socketEntry } from "./socket-pages.ts";

export const mostPerPage = 1_000;
export const defaultPage = 100;

const nodeQuestion = z.discriminatedUnion("ask", [
  z.strictObject({ ask: z.literal("node") }),
  z.strictObject({
    ask: z.literal("sockets"),
    filter: socketFilter,
    after: place.optional(),
    /** One more than a page: tells whether another follows. */
    limit: z
      .int()
      .min(1)
      .max(mostPerPage + 1),
  }),
  z.strictObject({ ask: z.literal("close"), filter: socketFilter, dryRun: z.boolean() }),
  z.strictObject({ ask: z.literal("config"), prefix: z.string().max(256), person: person.optional() }),
  z.strictObject({ ask: z.literal("standing"), person }),
  z.strictObject({
    ask: z.literal("refusals"),
    context: z.int(),
    user: z.int(),
    /** Fingerprints of the user's sessions. */
    sessions: z.array(z.string()).readonly(),
  }),
]);
export type NodeQuestion = Readonly<z.infer<typeof nodeQuestion>>;

/** A node as views show it. */
export const nodeEntry = z.object({
  node: z.string(),
  host: z.string(),
  pid: z.int(),
  version: z.string(),
  phase: z.enum(["starting", "ready", "stopping"]),
  sockets: z.int(),
  /** ISO 8601: when its process started. */
  since: z.string(),
});
export type NodeEntry = Readonly<z.infer<typeof nodeEntry>>;

/** `total`: how many fit, on whatever page. */
export const socketsAnswer = z.object({ sockets: z.array(socketEntry).readonly(), total: z.int() });
export const countAnswer = z.object({ count: z.int() });
export const configAnswer = z.union([
  z.object({ person: knownPerson.optional(), entries: z.array(configEntry).readonly() }),
  unknownPerson,
]);

/** What a node says of settings and users. */
export interface Inspector {
  /** Values of all names with this beginning: for a user, or at server scope. */
  config(prefix: string, person: Person | undefined): z.infer<typeof configAnswer>;
  standing(person: Person): Promise<Standing | z.infer<typeof unknownPerson>>;
  readonly refusals: Pick<RefusalMemory, "of">;
}

export interface AnswererDeps {
  readonly openSockets: Pick<OpenSockets, "all" | "ofUser" | "ofSession" | "end">;
  readonly self: () => string;
  readonly describeNode: () => NodeEntry;
  readonly inspector: Inspector;
}

/** Answers a question for this node. */
export type Answerer = (question: unknown) => Promise<object>;

/** @returns a function that rejects for what is no question that this release knows */
export function createAnswerer({ openSockets, self, describeNode, inspector }: AnswererDeps): Answerer {
  const meant = (filter: SocketFilter): readonly OpenSocket[] =>
    candidates(openSockets, filter).filter(({ facts }) => fits(filter, facts, self()));
  return async (question) => {
    const asked = nodeQuestion.parse(question);
    if (asked.ask === "node") return describeNode();
    if (asked.ask === "config") return inspector.config(asked.prefix, asked.person);
    if (asked.ask === "standing") return inspector.standing(asked.person);
    if (asked.ask === "refusals") return refusalsOf(asked, inspector, self());
    const sockets = meant(asked.filter);
    if (asked.ask === "close") {
      if (!asked.dryRun) await closeAll(openSockets, sockets);
      return { count: sockets.length };
    }
    const node = self();
    const { after, limit } = asked;
    const page = firstAfter(sockets, ({ facts }) => placeOf(facts, node), { after, limit });
    return { sockets: page.map(({ facts }) => entryOf(facts, node)), total: sockets.length };
  };
}

function refusalsOf(
  { context, user, sessions }: Extract<NodeQuestion, { readonly ask: "refusals" }>,
  { refusals }: Inspector,
  node: string,
): z.infer<typeof refusalsAnswer> {
  const last = refusals.of({ contextId: context, userId: user }, sessions);
  return { refusals: last.map(({ atMs, reason }) => ({ at: new Date(atMs).toISOString(), reason, node })) };
}

/** The fewest sockets that hold all that can fit. */
function candidates(openSockets: AnswererDeps["openSockets"], filter: SocketFilter): readonly OpenSocket[] {
  const { session, context, user } = filter;
  if (session !== undefined) return openSockets.ofSession(session);
  if (context !== undefined && user !== undefined) return openSockets.ofUser(context, user);
  return [...openSockets.all()];
}

/** Closing thousands without a pause would keep pushes and heartbeats of all others waiting. */
const closedAtOnce = 200;

async function closeAll(openSockets: Pick<OpenSockets, "end">, sockets: readonly OpenSocket[]): Promise<void> {
  for (const [index, socket] of sockets.entries()) {
    if (index > 0 && index % closedAtOnce === 0) await setImmediate();
    openSockets.end(socket, "administrator");
  }
}
