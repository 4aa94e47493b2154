/**
 * The one validator: is this request its session's user? HTTP routes and Socket.IO's handshake ask the same function, so
 * a socket is never easier to get than an answer. Steps and their order are those of a regular request of the middleware
 * (docs/decisions/0020). To add a step, add a row to `steps`.
 * Not here: what a refusal answers (server/http/refusals.ts) and where sessions are kept.
 */

import type { HashRules } from "./cookie-hash.ts";
import type { Context, Directory, User } from "./directory.ts";
import { checkAddress, type IpCheckFor } from "./ip-check.ts";
import { missingSecret, wrongSecret } from "./secret-check.ts";
import { isMultifactorPending, type Session } from "./session.ts";
import { isSessionId } from "./session-id.ts";
import type { SessionEnd, SessionStore } from "./session-store.ts";
import type { SessionRefusal, SessionRequest, Validator, Verdict } from "./verdict.ts";

export interface ValidatorDeps {
  readonly sessions: Pick<SessionStore, "peek" | "touch" | "update" | "remove">;
  readonly directory: Pick<Directory, "context" | "user">;
  readonly hashRules: HashRules;
  readonly ipCheckFor: IpCheckFor;
  /** `com.openexchange.websockets.enabled` for this user. Only asked for sockets. */
  readonly mayOpen: (user: User) => boolean | Promise<boolean>;
  /** Told what a store or directory failed with; the verdict only says `source-unreachable`. */
  readonly onFault: (fault: unknown) => void;
}

/** What the steps look at. Context and user are read when the first step asks for them, and only once. */
interface Subject {
  readonly request: SessionRequest;
  readonly session: Session;
  readonly context: () => Promise<Context | undefined>;
  readonly user: () => Promise<User | undefined>;
}

interface Step {
  /** Undefined: passed. */
  readonly refuses: (subject: Subject) => SessionRefusal | undefined | Promise<SessionRefusal | undefined>;
  /** Left out where requests and sockets go through alike. */
  readonly only?: SessionRequest["purpose"];
}

/** Refusals after which a regular request removes the session. An upgrade never has a side effect. */
const ends: Partial<Readonly<Record<SessionRefusal, SessionEnd>>> = {
  "context-unknown": "removed",
  "user-unknown": "removed",
  "context-disabled": "context-disabled",
  "ip-check": "removed",
};

/** Where a session that still waits for its second factor may go, to deliver it or to leave. */
const openBeforeSecondFactor = ["multifactor/provider", "multifactor/device", "login", "token", "system", "ajax/share"];

/**
 * Makes the validator. It looks sessions up by `touch` for requests and by `peek` for sockets: a socket that comes and
 * goes keeps no session alive.
 */
export function createValidator(deps: ValidatorDeps): Validator {
  const steps = stepsWith(deps);
  return async (request) => {
    try {
      return await examine(request, steps, deps);
    } catch (fault) {
      deps.onFault(fault);
      return { ok: false, reason: "source-unreachable" };
    }
  };
}

async function examine(request: SessionRequest, steps: readonly Step[], deps: ValidatorDeps): Promise<Verdict> {
  const id = request.sessionId;
  if (id === undefined || id === "") return { ok: false, reason: "session-missing" };
  const session = await lookUp(id, request.purpose, deps.sessions);
  if (session === undefined) return { ok: false, reason: "session-unknown" };
  const subject: Subject = {
    request,
    session,
    context: once(() => deps.directory.context(session.contextId)),
    user: once(() => deps.directory.user(session.contextId, session.userId)),
  };
  const reason = await firstRefusal(steps, subject);
  const user = reason === undefined ? await subject.user() : undefined;
  if (user === undefined) return refused(subject, reason ?? "user-unknown", deps.sessions);
  const bound = request.purpose === "request" ? await bindToAddress(subject, deps) : session;
  return bound === undefined ? { ok: false, reason: "session-unknown" } : { ok: true, session: bound, user };
}

/** The session, bound to the address of this request where it moves along; undefined when it has ended meanwhile. */
async function bindToAddress(
  { request: { address }, session }: Subject,
  { sessions, ipCheckFor }: ValidatorDeps,
): Promise<Session | undefined> {
  const moves = checkAddress(session, address, ipCheckFor(session)) === "moved";
  return moves && address !== undefined ? await sessions.update(session.id, { localIp: address }) : session;
}

/** The steps between finding a session and serving it, in order. */
const stepsWith = (deps: ValidatorDeps): readonly Step[] => [
  { refuses: multifactorPending },
  { refuses: ({ request, session }) => missingSecret(session, request, deps.hashRules) },
  { refuses: ({ request, session }) => wrongSecret(session, request, deps.hashRules) },
  { refuses: async ({ context }) => ((await context()) === undefined ? "context-unknown" : undefined) },
  { refuses: async ({ user }) => ((await user()) === undefined ? "user-unknown" : undefined) },
  { refuses: async ({ user }) => ((await user())?.enabled === false ? "user-disabled" : undefined) },
  { refuses: async ({ context }) => ((await context())?.enabled === false ? "context-disabled" : undefined) },
  { refuses: ({ request, session }) => elsewhere(session, request, deps.ipCheckFor) },
  { only: "socket", refuses: async ({ user }) => socketsDisabled(await user(), deps.mayOpen) },
];

/**
 * The multifactor inspector. The reference's own handshake skips it and lets a pending session open a socket; its
 * documentation promises fully authenticated sessions only, so here it runs for both, without the paths for sockets.
 */
function multifactorPending({ request, session }: Subject): SessionRefusal | undefined {
  if (!isMultifactorPending(session) || session.restricted !== undefined) return undefined;
  const toDeliverIt = openBeforeSecondFactor.some((end) => request.path.endsWith(end));
  return request.purpose === "request" && toDeliverIt ? undefined : "multifactor-pending";
}

const elsewhere = (session: Session, request: SessionRequest, ipCheckFor: IpCheckFor): SessionRefusal | undefined =>
  checkAddress(session, request.address, ipCheckFor(session)) === "refused" ? "ip-check" : undefined;

async function socketsDisabled(
  user: User | undefined,
  mayOpen: ValidatorDeps["mayOpen"],
): Promise<SessionRefusal | undefined> {
  return user !== undefined && (await mayOpen(user)) ? undefined : "websockets-disabled";
}

async function firstRefusal(steps: readonly Step[], subject: Subject): Promise<SessionRefusal | undefined> {
  for (const { only, refuses } of steps) {
    const reason = only === undefined || only === subject.request.purpose ? await refuses(subject) : undefined;
    if (reason !== undefined) return reason;
  }
  return undefined;
}

async function lookUp(
  id: string,
  purpose: SessionRequest["purpose"],
  sessions: ValidatorDeps["sessions"],
): Promise<Session | undefined> {
  if (!isSessionId(id)) return undefined;
  return purpose === "socket" ? await sessions.peek(id) : await sessions.touch(id);
}

async function refused(
  { request, session }: Subject,
  reason: SessionRefusal,
  sessions: ValidatorDeps["sessions"],
): Promise<Verdict> {
  const end = request.purpose === "request" ? ends[reason] : undefined;
  if (end !== undefined) await sessions.remove(session.id, end);
  return { ok: false, reason, session };
}

/** Calls `read` at the first call only; all further ones share its outcome. */
function once<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined;
  return () => (reading ??= read());
}
