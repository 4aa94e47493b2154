/**
 * What the middleware's answers mean. Pure: an answer goes in, a value comes out, and a `MiddlewareFault` is thrown where
 * the answer is none. The body decides, as the middleware answers a refused session with status 200.
 * Not here: asking (upstreams.ts) and what follows from an answer (validator.ts, liveness.ts).
 */
import { z } from "zod";
import type { SessionRefusal } from "../verdict.ts";
import { MiddlewareFault } from "./fault.ts";

export interface Answer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

/** Whose session it is. */
export interface Identity {
  readonly contextId: number;
  readonly userId: number;
  /** The user part of the login. */
  readonly login: string;
  readonly locale: string;
}

export type WhoAmI =
  { readonly ok: true; readonly identity: Identity } | { readonly ok: false; readonly reason: SessionRefusal };

/** Of all `SES-` codes those that tell of the server: not configured, ids mixed up, storage failed. */
const serverFaults: ReadonlySet<string> = new Set(["SES-0001", "SES-0009", "SES-0208"]);

const whoAmIData = z.object({
  session: z.string(),
  user: z.string().default(""),
  user_id: z.int().positive(),
  context_id: z.int().positive(),
  locale: z.string().default(""),
  requires_multifactor: z.unknown().optional(),
});

/**
 * Judges the answer to `whoami`. Both generations of errors count alike: any `SES-` code means that the session is not
 * valid, except those that are faults of the server. Other codes say nothing about the session.
 *
 * @throws {MiddlewareFault} for everything that is neither a user nor a refusal, the answer of another session included
 */
export function judgeWhoAmI(answer: Answer, sessionId: string): WhoAmI {
  const body = jsonObject(answer.body);
  if (body === undefined) {
    if (isHtml(answer) && (answer.status === 400 || answer.status === 403)) return refused("session-unknown");
    throw ofTheRequest.has(answer.status) ? statusOf(answer, "request") : strange(answer);
  }
  const code = body["code"];
  if (typeof code === "string") return judgeCode(code);
  const data = isOk(answer) ? whoAmIData.safeParse(body["data"]) : undefined;
  if (data?.success !== true) throw ofTheRequest.has(answer.status) ? statusOf(answer, "request") : strange(answer);
  if (data.data.session !== sessionId) throw new MiddlewareFault("rubbish", "it answered for another session");
  if (data.data.requires_multifactor === true) return refused("multifactor-pending");
  const { user_id: userId, context_id: contextId, user: login, locale } = data.data;
  return { ok: true, identity: { contextId, userId, login, locale } };
}

function judgeCode(code: string): WhoAmI {
  if (/^SES-\d{4}$/.test(code) && !serverFaults.has(code)) return refused("session-unknown");
  if (/^MFA-\d{4}$/.test(code)) return refused("multifactor-pending");
  throw new MiddlewareFault("server-fault", `it answered with the error ${code.slice(0, 16).replace(/[^\w-]/g, "?")}`);
}

const refused = (reason: SessionRefusal): WhoAmI => ({ ok: false, reason });

const owner = z.object({ context: z.int(), user: z.int() });

/**
 * Judges the answer to a REST peek: whether the session lives and still belongs to this user. An empty object is how the
 * middleware says that it knows no such session; everything unclear is a fault, as a session that lives must not end.
 *
 * @throws {MiddlewareFault}
 */
export function judgePeek(answer: Answer, user: Pick<Identity, "contextId" | "userId">): boolean {
  const body = restObject(answer);
  if (Object.keys(body).length === 0) return false;
  const known = owner.safeParse(body);
  if (!known.success) throw strange(answer);
  return known.data.context === user.contextId && known.data.user === user.userId;
}

/**
 * Judges the answer to a question for one property: its text, or undefined where no scope defines it.
 *
 * @throws {MiddlewareFault}
 */
export function judgeProperty(answer: Answer, name: string): string | undefined {
  if (answer.status === 404) return undefined;
  const body = restObject(answer);
  return Object.hasOwn(body, name) ? textOf(body[name], answer) : undefined;
}

/**
 * Judges the answer to a question for all properties with a prefix: their texts by name. Unknown users have none.
 *
 * @throws {MiddlewareFault}
 */
export function judgeProperties(answer: Answer): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  if (answer.status === 404) return texts;
  for (const [name, value] of Object.entries(restObject(answer))) {
    const text = textOf(value, answer);
    if (text !== undefined) texts.set(name, text);
  }
  return texts;
}

function textOf(value: unknown, answer: Answer): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string" && typeof value !== "boolean") throw strange(answer);
  return String(value);
}

function restObject(answer: Answer): Readonly<Record<string, unknown>> {
  if (answer.status === 401 || answer.status === 403)
    throw new MiddlewareFault("credentials", `it refused the REST credentials (status ${answer.status})`);
  const body = isOk(answer) ? jsonObject(answer.body) : undefined;
  if (body === undefined) throw strange(answer);
  return body;
}

const isOk = ({ status }: Answer): boolean => status >= 200 && status < 300;

const isHtml = ({ contentType, body }: Answer): boolean =>
  /^text\/html\b/i.test(contentType) || /^\s*<(!doctype|html)\b/i.test(body);

/** An answer that means nothing here. Its text is not repeated: it may hold ids. */
const strange = (answer: Answer): MiddlewareFault =>
  isOk(answer)
    ? new MiddlewareFault("rubbish", `it answered ${isHtml(answer) ? "with a page" : "something else than asked for"}`)
    : statusOf(answer, "status");

const statusOf = ({ status }: Answer, problem: "request" | "status"): MiddlewareFault =>
  new MiddlewareFault(problem, `it answered with status ${status}`);

/**
 * Malformed, too large a body, too long a URL, too large headers: of `whoami` only, which passes on what a browser sent.
 * The questions to REST routes are all our own, so that such an answer tells of a wrong URL.
 */
const ofTheRequest: ReadonlySet<number> = new Set([400, 413, 414, 431]);

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined; // no JSON: the callers say what that means
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
