/**
 * Everything that a worker and its primary say to each other: names and forms. Both are of one release, because the
 * primary starts the workers, so the forms may change freely. Session ids and secrets travel here and nowhere else:
 * the channel is a socket pair that only the two processes hold.
 */
import { z } from "zod";
import type { AddRefusal, Session, SessionEnd } from "../../auth/index.ts";
import type { Written } from "../../cascade/index.ts";
import type { NodeQuestion } from "../ops/admin/node-questions.ts";
import { reloadReport } from "../ops/admin/reload-report.ts";
import type { NodeState } from "../ops/internal-app.ts";
import type { Push, Reach } from "../push/push.ts";
import type { Notice, Question } from "./ipc.ts";

const nothing = z.undefined();
const optional = <T>(form: z.ZodType<T>): z.ZodType<T | undefined> => form.or(z.undefined());

const question = <A, R>(name: string, argument: z.ZodType<A>, answer: z.ZodType<R>): Question<A, R> => ({
  name,
  argument,
  answer,
});
const notice = <A>(name: string, argument: z.ZodType<A>): Notice<A> => ({ name, argument });

/** Complete by its type: a field that is new in `Session` does not compile until it stands here. */
const sessionFields = {
  secret: z.string(),
  altId: z.string(),
  authId: z.string(),
  contextId: z.int(),
  userId: z.int(),
  userLogin: z.string(),
  login: z.string(),
  locale: z.string(),
  client: z.string(),
  userAgent: z.string(),
  localIp: z.string(),
  hash: z.string(),
  staySignedIn: z.boolean(),
  guest: z.boolean(),
  multifactor: z.boolean(),
  multifactorAuthenticated: z.boolean(),
  restricted: z.string().optional(),
  createdAtMs: z.number(),
  cookiesWrittenAtMs: z.number().optional(),
} satisfies Readonly<Record<keyof Omit<Required<Session>, "id">, z.ZodType>>;
const sessionForm = z.object({ id: z.string(), ...sessionFields });
const changesForm = z.object(sessionFields).partial();
const session = z.custom<Session>((value) => sessionForm.safeParse(value).success);
const changes = z.custom<Partial<Omit<Session, "id">>>((value) => changesForm.safeParse(value).success);
const sessionEnd: z.ZodType<SessionEnd> = z.enum([
  "logout",
  "expired",
  "removed",
  "user-disabled",
  "context-disabled",
  "password-changed",
]);
const addRefusal: z.ZodType<AddRefusal> = z.enum(["limit-total", "limit-user", "limit-client", "duplicate-auth-id"]);

/** The primary's store, for every worker. */
export const sessions = {
  add: question("session.add", session, optional(addRefusal)),
  peek: question("session.peek", z.string(), optional(session)),
  touch: question("session.touch", z.string(), optional(session)),
  update: question("session.update", z.object({ id: z.string(), changes }), optional(session)),
  remove: question("session.remove", z.object({ id: z.string(), end: sessionEnd }), z.boolean()),
  ofUser: question("session.ofUser", z.object({ contextId: z.int(), userId: z.int() }), z.array(session).readonly()),
  ofContext: question("session.ofContext", z.int(), z.array(session).readonly()),
  /** Told to every worker, whichever ended it. */
  ended: notice("session.ended", z.object({ session, end: sessionEnd })),
};

/** What may happen so often, counted once for all workers. */
export const tallies = {
  beginLogin: question(
    "login.begin",
    z.object({ login: z.string(), address: optional(z.string()) }),
    z.discriminatedUnion("ok", [
      z.object({ ok: z.literal(true), ticket: z.int() }),
      z.object({ ok: z.literal(false), retryAfterMs: z.number() }),
    ]),
  ),
  releaseLogin: notice("login.release", z.object({ ticket: z.int() })),
  isRepeat: question("push.isRepeat", z.string(), z.boolean()),
};

const pushForm: z.ZodType<Omit<Push, "acceptedAtMs">> = z.object({
  contextId: z.int(),
  userId: z.int(),
  event: z.string(),
  payload: z.custom<Push["payload"]>((value) => typeof value === "object" && value !== null),
  source: z.string().optional(),
});
const reach: z.ZodType<Reach> = z.object({ sockets: z.int().nonnegative(), seen: z.int().nonnegative() });
/** With `waitMs` the answer waits for the browsers, at most so long. */
const pushWithWait = z.object({ push: pushForm, waitMs: optional(z.number()) });

const bookedSocket = z.object({
  /** Number of the socket at its worker. */
  socket: z.int(),
  contextId: z.int(),
  userId: z.int(),
  /** Fingerprint. */
  session: z.string(),
  connection: z.string(),
  /** The limit of its user: only workers know users, and so what counts for each. */
  maxOfUser: z.int(),
});
export type BookedSocket = z.infer<typeof bookedSocket>;
const bookEnd = z.enum(["replaced", "room-needed"]);
/** Why the primary has a worker close a socket. */
export type BookEnd = z.infer<typeof bookEnd>;

/** Sockets of all workers, as far as one must know of another. */
export const sockets = {
  /** Answered when pushes of all workers for this user come here. */
  opening: question("socket.opening", bookedSocket, nothing),
  opened: notice("socket.opened", z.int()),
  closed: notice("socket.closed", z.int()),
  end: notice("socket.end", z.object({ socket: z.int(), end: bookEnd })),
  /** Worker to primary: to the user's sockets at the other workers. */
  push: question("push.relay", pushWithWait, reach),
  /** Primary to worker: to the user's sockets there. */
  deliver: question("push.deliver", pushWithWait, reach),
};

/** What the primary has in force; only the settings themselves read what is inside. */
const settings = z.custom<Written>(
  (value) => typeof value === "object" && value !== null && "entries" in value && "sets" in value,
);
/** What a worker works with. The primary alone reads files, so that all workers always work with the same. */
const configuration = z.object({
  name: z.string(),
  directories: z.array(z.string()).readonly(),
  settings,
  packageStatus: z.object({ enabled: z.boolean(), reason: z.string() }),
});
export type HandedConfiguration = z.infer<typeof configuration>;

/** One metric as prom-client's `getMetricsAsJSON` gives it; only prom-client reads what is inside. */
const metric = z.looseObject({
  name: z.string(),
  help: z.string(),
  type: z.string(),
  aggregator: z.string(),
  values: z.array(
    z.looseObject({ value: z.number(), labels: z.record(z.string(), z.union([z.string(), z.number()])) }),
  ),
});
export type MetricSnapshot = z.infer<typeof metric>;

const state = z.custom<NodeState>((value) => typeof value === "object" && value !== null && "phase" in value);
const nodeQuestion = z.custom<NodeQuestion>((value) => typeof value === "object" && value !== null && "ask" in value);
const answers = z.object({
  answers: z.array(z.object({ node: z.string(), answer: z.unknown() })).readonly(),
  missing: z.array(z.string()).readonly(),
  areAllKnown: z.boolean(),
});

/** The life of a worker. */
export const life = {
  /** Worker to primary, first of all. */
  configuration: question("worker.configuration", nothing, configuration),
  ready: notice("worker.ready", z.object({ url: z.string(), isDemo: optional(z.boolean()) })),
  /** It cannot start, for a reason that another try would not change. */
  failed: question("worker.failed", z.object({ code: optional(z.string()), message: z.string() }), nothing),
  /** Settings as they are now; whatever else is read from files is read again. */
  reload: question("worker.reload", settings, reloadReport),
  stop: notice("worker.stop", nothing),
  state: question("worker.state", nothing, state),
  metrics: question("worker.metrics", nothing, z.array(metric)),
  /** A question of the admin API that any process of this node can answer. */
  askHere: question(
    "worker.askHere",
    z.object({ question: nodeQuestion, timeoutMs: z.number() }),
    z.custom<object>((value) => typeof value === "object" && value !== null),
  ),
  /** A question of the admin API, to this worker and, in a cluster, to whom it knows. */
  ask: question(
    "worker.ask",
    z.object({ question: nodeQuestion, only: optional(z.string()), timeoutMs: z.number() }),
    answers,
  ),
};
