/** A handshake's way to the middleware and back: what is asked, what is shared, and what a fault tells. */
import { describe, expect, test } from "@jest/globals";
import type { Answer } from "../../../../auth/middleware/answers.ts";
import { MiddlewareFault } from "../../../../auth/middleware/fault.ts";
import type { Question } from "../../../../auth/middleware/upstreams.ts";
import { createMiddlewareValidator } from "../../../../auth/middleware/validator.ts";
import { isFromUnknownProxy, whoAmIQuestion } from "../../../../auth/middleware/whoami.ts";
import type { SessionRequest } from "../../../../auth/index.ts";

const id = "0123456789abcdef0123456789abcdef";
const rules = { forHeader: "X-Forwarded-For", protocolHeader: "X-Forwarded-Proto", hashFields: ["Accept-Language"] };

const request = (changes: Partial<SessionRequest> = {}): SessionRequest => ({
  sessionId: id,
  cookies: { "open-xchange-secret-abc": "s1", JSESSIONID: "j1.node" },
  headers: {
    host: "internal:8009",
    cookie: "open-xchange-secret-abc=s1; JSESSIONID=j1.node",
    "user-agent": "Browser/1.0",
    "accept-language": "de",
    "x-forwarded-for": "198.51.100.7, 203.0.113.5",
    "x-other": "stays here",
  },
  address: "203.0.113.5",
  scheme: "https",
  host: "ox.example.com",
  path: "/socket.io/",
  purpose: "socket",
  ...changes,
});

const known = (changes: object = {}): Answer => ({
  status: 200,
  contentType: "text/javascript",
  body: JSON.stringify({
    data: { session: id, user: "anton", user_id: 3, context_id: 1, locale: "de_DE", ...changes },
  }),
});

function rig() {
  const clock = { nowMs: 0 };
  const asked: Question[] = [];
  const faults: unknown[] = [];
  const made = {
    clock,
    asked,
    faults,
    shared: 0,
    unknownProxies: 0,
    answer: (): Promise<Answer> => Promise.resolve(known()),
    mayOpen: (): Promise<boolean> => Promise.resolve(true),
  };
  const validator = createMiddlewareValidator({
    ask: async (question, judge) => {
      asked.push(question);
      return judge(await made.answer());
    },
    mayOpen: () => made.mayOpen(),
    rules: () => rules,
    nowMs: () => clock.nowMs,
    onShared: () => made.shared++,
    onUnknownProxy: () => made.unknownProxies++,
    onFault: (fault) => faults.push(fault),
  });
  return Object.assign(made, validator);
}

describe("the question", () => {
  test("is the browser's, with its true address, and nothing else of it", () => {
    expect(whoAmIQuestion(request(), id, rules)).toEqual({
      path: `/ajax/system?action=whoami&session=${id}`,
      headers: {
        accept: "application/json",
        cookie: "open-xchange-secret-abc=s1; JSESSIONID=j1.node",
        "user-agent": "Browser/1.0",
        "accept-language": "de",
        host: "ox.example.com",
        "x-forwarded-for": "203.0.113.5",
        "x-forwarded-proto": "https",
      },
    });
  });

  test("names no header that the browser did not send, and no address that nobody knows", () => {
    const bare: SessionRequest = {
      sessionId: id,
      cookies: {},
      headers: { host: "oxbow:8009" },
      address: undefined,
      path: "/socket.io/",
      purpose: "socket",
    };
    expect(whoAmIQuestion(bare, id, { ...rules, forHeader: "X-Real-IP" }).headers).toEqual({
      accept: "application/json",
      host: "oxbow:8009",
      "x-forwarded-proto": "http",
    });
  });

  test.each([
    ["no proxy", { host: "x" }, "203.0.113.5", false],
    ["a proxy that is believed", { "x-forwarded-for": "1.1.1.1, 203.0.113.5" }, "203.0.113.5", false],
    ["one spelling of its address", { "x-forwarded-for": "2001:DB8::7" }, "2001:db8::7", false],
    ["a proxy whose address looks alike", { "x-forwarded-for": "11.2.3.45" }, "1.2.3.4", true],
    ["another spelling of its address", { "x-forwarded-for": "2001:db8:0:0::7" }, "2001:db8::7", false],
    ["a proxy that is not", { "x-forwarded-for": "203.0.113.5" }, "10.0.0.1", true],
  ])("%s", (_name, headers, address, unknown) => {
    expect(isFromUnknownProxy(request({ headers, address }), rules)).toBe(unknown);
  });
});

test("a session that the middleware knows is admitted as its user's", async () => {
  const { validate, faults } = rig();
  const verdict = await validate(request());
  expect(verdict).toMatchObject({
    ok: true,
    session: {
      id,
      contextId: 1,
      userId: 3,
      userLogin: "anton",
      client: "open-xchange-appsuite",
      userAgent: "Browser/1.0",
    },
    user: { contextId: 1, id: 3, login: "anton", locale: "de_DE" },
  });
  expect(faults).toEqual([]);
});

test.each([
  ["no session", undefined, "session-missing"],
  ["an empty session", "", "session-missing"],
  ["another form of session", `${id}&action=logout`, "session-unknown"],
])("%s is refused without a question", async (_name, sessionId, reason) => {
  const { validate, asked } = rig();
  expect(await validate(request({ sessionId }))).toEqual({ ok: false, reason });
  expect(asked).toEqual([]);
});

test("a user who may not have sockets is refused", async () => {
  const made = rig();
  made.mayOpen = () => Promise.resolve(false);
  expect(await made.validate(request())).toMatchObject({ ok: false, reason: "websockets-disabled" });
});

test("equal requests share one question, and a good answer for a second", async () => {
  const made = rig();
  await Promise.all(Array.from({ length: 50 }, () => made.validate(request())));
  made.clock.nowMs = 999;
  await made.validate(request());
  expect([made.asked.length, made.shared]).toEqual([1, 50]);
  made.clock.nowMs = 1_000;
  await made.validate(request());
  expect(made.asked.length).toBe(2);
});

test.each<[string, Partial<SessionRequest>]>([
  ["cookies", { headers: { ...request().headers, cookie: "open-xchange-secret-abc=s2" } }],
  ["a User-Agent", { headers: { ...request().headers, "user-agent": "Browser/2.0" } }],
  ["a hash field", { headers: { ...request().headers, "accept-language": "en" } }],
  ["an address", { address: "203.0.113.6" }],
  ["a session", { sessionId: "f".repeat(32) }],
  ["a host", { host: "other.example.com" }],
])("%s of its own makes a question of its own", async (_name, changes) => {
  const made = rig();
  await Promise.all([made.validate(request()), made.validate(request(changes))]);
  expect(made.asked.length).toBe(2);
});

test("a refusal serves only those who asked before it came", async () => {
  const made = rig();
  made.answer = () => Promise.resolve({ status: 200, contentType: "", body: '{"code":"SES-0203"}' });
  await Promise.all([made.validate(request()), made.validate(request())]);
  expect(await made.validate(request())).toEqual({ ok: false, reason: "session-unknown" });
  expect(made.asked.length).toBe(2);
});

test.each([
  ["the time since the question", 1_000, 3_000],
  ["not longer than the request is here", -60_000, 4_000],
])(
  "a fault is nobody's refusal; it tells for how long the middleware is silent: %s",
  async (_name, sinceMs, silentForMs) => {
    const made = rig();
    made.answer = () => {
      made.clock.nowMs = 4_000;
      return Promise.reject(new MiddlewareFault("timeout", "no answer", sinceMs));
    };
    expect(await made.validate(request())).toEqual({ ok: false, reason: "source-unreachable", silentForMs });
    expect(made.faults).toMatchObject([{ problem: "timeout" }]);
  },
);

test("waiting for a turn is no silence of the middleware", async () => {
  const made = rig();
  made.answer = () => {
    made.clock.nowMs = 4_000;
    return Promise.reject(new MiddlewareFault("busy", "too many questions are waiting"));
  };
  expect(await made.validate(request())).toMatchObject({ reason: "source-unreachable", silentForMs: 0 });
});

test("a flag that nobody can tell is no refusal", async () => {
  const made = rig();
  made.mayOpen = () => Promise.reject(new MiddlewareFault("credentials", "it refused them"));
  expect(await made.validate(request())).toMatchObject({ ok: false, reason: "source-unreachable" });
});

test("a poll must bring the secret cookies of the handshake; more of them do no harm", async () => {
  const made = rig();
  const verdict = await made.validate(request());
  if (!verdict.ok) throw new Error(verdict.reason);
  const bears = (cookies: Record<string, string>): boolean => made.bearsSecret({ cookies }, verdict.session);
  expect(bears({ "open-xchange-secret-abc": "s1" })).toBe(true);
  expect(bears({ "open-xchange-secret-abc": "s1", "open-xchange-secret-other": "s9" })).toBe(true);
  expect(bears({ "open-xchange-secret-abc": "s2" })).toBe(false);
  expect(bears({ "open-xchange-secret-other": "s1" })).toBe(false);
  expect(bears({})).toBe(false);
  expect(made.bearsSecret({ cookies: { "open-xchange-secret-abc": "s1" } }, { ...verdict.session })).toBe(false);
});

test("a session admitted without any secret cookie cannot be polled", async () => {
  const made = rig();
  const verdict = await made.validate(request({ cookies: {} }));
  if (!verdict.ok) throw new Error(verdict.reason);
  expect(made.bearsSecret({ cookies: {} }, verdict.session)).toBe(false);
});

test("a session is fresh for five seconds after its validation", async () => {
  const made = rig();
  const verdict = await made.validate(request());
  if (!verdict.ok) throw new Error(verdict.reason);
  made.clock.nowMs = 5_000;
  expect(made.isFresh(verdict.session)).toBe(true);
  made.clock.nowMs = 5_001;
  expect(made.isFresh(verdict.session)).toBe(false);
});

test("the header of an unknown proxy is told of", async () => {
  const made = rig();
  await made.validate(request({ address: "10.0.0.1" }));
  expect(made.unknownProxies).toBe(1);
});

test("a request without an address is not asked about: it would end the session at a middleware that checks addresses", async () => {
  const made = rig();
  expect(await made.validate(request({ address: undefined }))).toEqual({ ok: false, reason: "source-unreachable" });
  expect(made.asked).toEqual([]);
});

test("an answer that was asked for before the end of its session and comes after it admits nobody", async () => {
  const made = rig();
  let answer: ((given: Answer) => void) | undefined;
  made.answer = () => new Promise((resolve) => (answer = resolve));
  const verdict = made.validate(request());
  made.clock.nowMs = 10;
  made.forget({ id });
  made.clock.nowMs = 20;
  await Promise.resolve();
  answer?.(known());
  expect(await verdict).toMatchObject({ ok: false, reason: "session-unknown" });
});

test("nothing that was said of a session before its end counts after it", async () => {
  const made = rig();
  const [ending, other] = [await made.validate(request()), await made.validate(request({ address: "203.0.113.6" }))];
  if (!ending.ok || !other.ok) throw new Error("not admitted");
  made.clock.nowMs = 10;
  made.forget({ id });
  expect(made.isFresh(ending.session)).toBe(false);
  made.answer = () => Promise.reject(new Error("away"));
  expect(await made.validate(request())).toMatchObject({ ok: false });
  made.clock.nowMs = 20;
  made.answer = () => Promise.resolve(known());
  expect(await made.validate(request())).toMatchObject({ ok: true }); // the middleware may know better
  expect(made.asked.length).toBe(4);
  await made.validate(request());
  expect(made.asked.length).toBe(4);
});
