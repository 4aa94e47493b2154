/**
 * The validator that asks the middleware: `whoami` runs all steps of a regular request there, with the browser's cookies
 * and address; then whether the user may have sockets. Equal questions are asked once: a burst of a browser's tabs shares
 * one answer, and a good one serves for a second more.
 */
import { hash } from "node:crypto";
import { equalSecrets } from "../constant-time.ts";
import type { User } from "../directory.ts";
import { isSessionId } from "../session-id.ts";
import type { Session } from "../session.ts";
import type { SessionRequest, Validator, Verdict } from "../verdict.ts";
import { judgeWhoAmI } from "./answers.ts";
import type { Identity } from "./answers.ts";
import { createCoalescer } from "./coalesce.ts";
import { MiddlewareFault } from "./fault.ts";
import type { Question, Upstreams } from "./upstreams.ts";
import { isFromUnknownProxy, whoAmIQuestion } from "./whoami.ts";
import type { WhoAmIRules } from "./whoami.ts";

export interface MiddlewareValidatorDeps {
  readonly ask: Upstreams["ask"];
  readonly mayOpen: (user: { readonly contextId: number; readonly userId: number }) => Promise<boolean>;
  readonly rules: () => WhoAmIRules;
  readonly nowMs: () => number;
  /** An answer served one more request. */
  readonly onShared: () => void;
  /** A request carries the header of a proxy that is not believed. */
  readonly onUnknownProxy: () => void;
  /** Why nobody can tell. */
  readonly onFault: (fault: unknown) => void;
}

export interface MiddlewareValidator {
  readonly validate: Validator;
  /** Whether a request brings every secret cookie that the session was validated with. The secret itself is not known here. */
  bearsSecret(request: Pick<SessionRequest, "cookies">, session: Session): boolean;
  /** The session has ended: nothing that was said of it before counts any more. */
  forget(session: { readonly id: string }): void;
  /** Whether the middleware has vouched for it within the last five seconds: it need not be asked again when its socket opens. */
  isFresh(session: Session): boolean;
}

/** How long a good answer serves for equal requests. */
export const sharedForMs = 1_000;
/** From the check to the open socket, on a busy node. */
const vouchedForMs = 5_000;

interface Proof {
  /** Names of the secret cookies, with digests of their values: they live as long as the socket. */
  readonly cookies: readonly (readonly [string, string])[];
  /** When the middleware was asked, and when it had answered. */
  readonly askedAtMs: number;
  readonly atMs: number;
}

export function createMiddlewareValidator(deps: MiddlewareValidatorDeps): MiddlewareValidator {
  const { nowMs } = deps;
  const proofs = new WeakMap<Session, Proof>();
  const ended = new Map<string, number>(); // when; in the order in which they ended
  const isAfterEnd = ({ id }: Session, askedAtMs = -Infinity): boolean => askedAtMs > (ended.get(id) ?? -Infinity);
  const coalesce = createCoalescer<Verdict>({
    keepMs: (verdict) => (verdict.ok ? sharedForMs : 0),
    isStillGood: ({ session }) => session !== undefined && isAfterEnd(session, proofs.get(session)?.askedAtMs),
    nowMs,
    onShared: deps.onShared,
  });

  const ask = async (request: SessionRequest, id: string, question: Question): Promise<Verdict> => {
    const beganAtMs = nowMs();
    try {
      const who = await deps.ask(question, (answer) => judgeWhoAmI(answer, id));
      if (!who.ok) return who;
      const session = sessionOf(id, who.identity, request);
      if (!(await deps.mayOpen(session))) return { ok: false, reason: "websockets-disabled", session };
      if (!isAfterEnd(session, beganAtMs)) return { ok: false, reason: "session-unknown" }; // it ended meanwhile
      proofs.set(session, { cookies: secretCookies(request), askedAtMs: beganAtMs, atMs: nowMs() });
      return { ok: true, session, user: userOf(who.identity) };
    } catch (fault) {
      deps.onFault(fault);
      const sinceMs = fault instanceof MiddlewareFault ? (fault.sinceMs ?? nowMs()) : beganAtMs;
      return { ok: false, reason: "source-unreachable", silentForMs: nowMs() - Math.max(beganAtMs, sinceMs) };
    }
  };

  return {
    validate: (request) => {
      const { sessionId: id } = request;
      if (id === undefined || id === "") return Promise.resolve({ ok: false, reason: "session-missing" });
      if (!isSessionId(id)) return Promise.resolve({ ok: false, reason: "session-unknown" });
      // its connection is gone; asked without its address, a middleware that checks addresses would end the session
      if (request.address === undefined) return Promise.resolve({ ok: false, reason: "source-unreachable" });
      const rules = deps.rules();
      const question = whoAmIQuestion(request, id, rules);
      if (isFromUnknownProxy(request, rules)) deps.onUnknownProxy();
      return coalesce(keyOf(question), () => ask(request, id, question));
    },
    bearsSecret: ({ cookies }, session) => {
      const proof = proofs.get(session)?.cookies ?? [];
      return proof.length > 0 && proof.every(([name, digest]) => equalSecrets(digestOf(cookies[name] ?? ""), digest));
    },
    forget: ({ id }) => {
      for (const [old, atMs] of ended) if (nowMs() - atMs > vouchedForMs) ended.delete(old);
      ended.set(id, nowMs());
    },
    isFresh: (session) => {
      const atMs = proofs.get(session)?.atMs ?? -Infinity;
      return nowMs() - atMs <= vouchedForMs && isAfterEnd(session, proofs.get(session)?.askedAtMs);
    },
  };
}

/** So that no cookie stays in memory longer than its request. */
const digestOf = (text: string): string => hash("sha256", text, "base64");

/** Everything that the answer depends on. */
const keyOf = (question: Question): string => digestOf(JSON.stringify([question.path, question.headers]));

const secretCookies = ({ cookies }: SessionRequest): Proof["cookies"] =>
  Object.entries(cookies)
    .filter((entry): entry is [string, string] => entry[0].startsWith("open-xchange-secret-") && entry[1] !== undefined)
    .map(([name, value]) => [name, digestOf(value)]);

/** What `whoami` does not tell is empty; the client of a socket is the App Suite UI, as nothing else opens one. */
const sessionOf = (id: string, { contextId, userId, login, locale }: Identity, request: SessionRequest): Session => ({
  id,
  secret: "",
  altId: "",
  authId: "",
  contextId,
  userId,
  userLogin: login,
  login,
  locale,
  client: "open-xchange-appsuite",
  userAgent: [request.headers["user-agent"] ?? ""].flat().join(),
  localIp: request.address ?? "",
  hash: "",
  staySignedIn: false,
  guest: false,
  multifactor: false,
  multifactorAuthenticated: false,
  createdAtMs: 0,
});

const userOf = ({ contextId, userId, login, locale }: Identity): User => ({
  contextId,
  id: userId,
  login,
  locale,
  enabled: true,
  guest: false,
  multifactor: false,
  capabilities: [],
});
