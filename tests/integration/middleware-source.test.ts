/** The composed middleware source against a small HTTP server: bounds of a burst, breakers, what is told of an outage. */
import { expect, test } from "@jest/globals";
import type { ServerResponse } from "node:http";
import { createHttpUpstream, createMiddlewareSource } from "../../auth/index.ts";
import type { MiddlewareSource, SessionRequest } from "../../auth/index.ts";
import { exampleSession, newHexId } from "../support/example-session.ts";
import { onCleanUp } from "../support/clean-up.ts";
import { waitFor, within } from "../support/wait-for.ts";
import { serve } from "../unit/server/http/serve.ts";

interface Rig {
  readonly source: MiddlewareSource;
  /** Paths that were asked, in order. */
  readonly asked: string[];
  readonly inFlight: { now: number; most: number };
  /** Replaced to answer otherwise. */
  answer: (path: string, res: ServerResponse) => void;
  readonly faults: unknown[];
}

/** Everybody is valid and may have sockets; no session has ended. */
function answerWell(path: string, res: ServerResponse): void {
  const session = /session=(\w+)/.exec(path)?.[1];
  if (session !== undefined)
    res.end(JSON.stringify({ data: { session, user: "anton", user_id: 3, context_id: 1, locale: "en_US" } }));
  else if (path.startsWith("/preliminary/session/")) res.end('{"context":1,"user":3}');
  else res.end('{"com.openexchange.websockets.enabled":"true"}');
}

const enabled = "com.openexchange.websockets.enabled";

async function open(options: {
  readonly maxAsking?: number;
  readonly maxWaiting?: number;
  readonly timeoutMs?: number;
  readonly openingProperties?: readonly string[];
}) {
  const asked: string[] = [];
  const inFlight = { now: 0, most: 0 };
  const faults: unknown[] = [];
  const { url } = await serve((req, res) => {
    asked.push(String(req.url));
    inFlight.most = Math.max(inFlight.most, ++inFlight.now);
    res.once("close", () => inFlight.now--);
    rig.answer(String(req.url), res);
  });
  const maxAsking = options.maxAsking ?? 4;
  const source: MiddlewareSource = createMiddlewareSource({
    upstreams: [
      createHttpUpstream({ url, authorities: () => undefined, timeoutMs: options.timeoutMs ?? 5_000, maxAsking }),
    ],
    credentials: () => ({ login: "rest", password: "rest" }),
    rules: () => ({ forHeader: "X-Forwarded-For", protocolHeader: "X-Forwarded-Proto", hashFields: [] }),
    enabledProperty: enabled,
    openingProperties: options.openingProperties ?? [],
    isEnabled: ({ contextId, userId }) => source.values.lookUp(enabled, { contextId, userId }) !== "false",
    peekPeriodMs: () => 1_000,
    maxAsking,
    maxWaiting: options.maxWaiting ?? 1_000,
    nowMs: () => performance.now(),
    meter: { asked: () => () => undefined, shared: () => undefined },
    onUnknownProxy: () => undefined,
    onFault: (fault) => faults.push(fault),
  });
  onCleanUp(() => source.stop());
  const rig: Rig = { source, asked, inFlight, answer: answerWell, faults };
  return rig;
}

const requestOf = (sessionId: string): SessionRequest => ({
  sessionId,
  cookies: {},
  headers: { "user-agent": "Browser/1.0" },
  address: "192.0.2.1",
  path: "/socket.io/",
  purpose: "socket",
});

/** The reasons, or `admitted`. */
const outcomesOf = async (source: MiddlewareSource, ids: readonly string[]): Promise<readonly string[]> =>
  Promise.all(
    ids.map(async (id) => {
      const verdict = await source.validate(requestOf(id));
      return verdict.ok ? "admitted" : verdict.reason;
    }),
  );

const manyIds = (count: number): readonly string[] => Array.from({ length: count }, () => newHexId());

test("a burst of many sessions is asked about a few at a time, and all are admitted", async () => {
  const rig = await open({ maxAsking: 4 });
  const { source, inFlight, asked } = rig;
  rig.answer = (path, res) => void setTimeout(() => answerWell(path, res), 10);
  const outcomes = await outcomesOf(source, manyIds(100));
  expect(new Set(outcomes)).toEqual(new Set(["admitted"]));
  expect(inFlight.most).toBe(4);
  expect(asked.filter((path) => path.startsWith("/ajax/")).length).toBe(100);
  expect(asked.filter((path) => path.startsWith("/preliminary/configuration/")).length).toBe(1);
});

test("what cannot even wait for its turn is nobody's refusal", async () => {
  const { source } = await open({ maxAsking: 1, maxWaiting: 5 });
  const outcomes = await outcomesOf(source, manyIds(10));
  expect(outcomes.filter((one) => one === "source-unreachable").length).toBeGreaterThan(0);
  expect(outcomes.filter((one) => one === "admitted").length).toBeGreaterThan(5);
});

test("when the middleware freezes, all who wait for a turn hear of it after one time-out", async () => {
  const rig = await open({ maxAsking: 4, timeoutMs: 300 });
  rig.answer = () => undefined;
  const startMs = performance.now();
  const outcomes = await within("all are over", outcomesOf(rig.source, manyIds(200)));
  expect(new Set(outcomes)).toEqual(new Set(["source-unreachable"]));
  expect(performance.now() - startMs).toBeLessThan(5_000); // 200 sessions, four at a time: one by one it were 15 s
  expect(rig.source.state().whoami).toMatchObject([{ reachable: false }]);
  rig.answer = answerWell;
  await waitFor("it is asked again", async () => (await outcomesOf(rig.source, manyIds(1)))[0] === "admitted");
  expect(rig.source.state().whoami).toMatchObject([{ reachable: true }]);
});

test("a user who may not have sockets any more is noticed in the next round", async () => {
  const rig = await open({});
  const verdict = await rig.source.validate(requestOf(newHexId()));
  if (!verdict.ok) throw new Error(verdict.reason);
  const ended: string[] = [];
  rig.source.onEnded((_session, end) => ended.push(end));
  rig.source.follow(verdict.session);
  rig.source.start();
  rig.answer = (path, res) =>
    path.includes("websockets.enabled")
      ? res.end('{"com.openexchange.websockets.enabled":"false"}')
      : answerWell(path, res);
  await waitFor("the end is told", () => ended.length > 0, 4_000); // before the flag of the handshake is too old
  expect(ended).toEqual(["websockets-disabled"]);
});

test("what else counts for a new socket is asked with the flag, and keeps nobody out when nobody can tell", async () => {
  const limit = "com.openexchange.oxbow.maxSocketsPerUser";
  const rig = await open({ openingProperties: [limit] });
  const user = { contextId: 1, userId: 3 };
  rig.answer = (path, res) => (path.includes(limit) ? res.writeHead(500).end() : answerWell(path, res));
  expect(await outcomesOf(rig.source, manyIds(1))).toEqual(["admitted"]);
  expect(rig.faults.map(String)).toEqual([expect.stringContaining("status 500")]);
  expect(rig.source.values.lookUp(limit, user)).toBeUndefined();
  rig.answer = (path, res) => (path.includes(limit) ? res.end(`{"${limit}":"3"}`) : answerWell(path, res));
  expect(await outcomesOf(rig.source, manyIds(1))).toEqual(["admitted"]);
  expect(rig.source.values.lookUp(limit, user)).toBe("3");
});

test("the rounds of open sockets ask for the flag alone", async () => {
  const rig = await open({ openingProperties: ["com.openexchange.oxbow.maxSocketsPerUser"] });
  const verdict = await rig.source.validate(requestOf(newHexId()));
  if (!verdict.ok) throw new Error(verdict.reason);
  rig.asked.length = 0;
  rig.source.follow(verdict.session);
  rig.source.start();
  await waitFor("two rounds", () => rig.asked.filter((path) => path.includes("websockets.enabled")).length >= 2, 5_000);
  expect(rig.asked.filter((path) => path.includes("maxSocketsPerUser"))).toEqual([]);
});

test("a session that is gone is asked about twice before its sockets end, one that lives once", async () => {
  const rig = await open({});
  const [alive, gone] = [exampleSession(), exampleSession()];
  const ended: string[] = [];
  rig.source.onEnded(({ id }, end) => ended.push(`${id} ${end}`));
  rig.answer = (path, res) => (path.endsWith(gone.id) ? res.end("{}") : answerWell(path, res));
  for (const session of [alive, gone]) rig.source.follow(session);
  rig.source.start();
  await waitFor("the end is told", () => ended.length > 0);
  expect(ended).toEqual([`${gone.id} removed`]);
  expect(rig.asked.filter((path) => path.endsWith(gone.id)).length).toBe(2);
});

test("a session that the first server does not know yet stays", async () => {
  const rig = await open({});
  const session = exampleSession();
  const ended: string[] = [];
  let peeks = 0;
  rig.source.onEnded(({ id }) => ended.push(id));
  rig.answer = (path, res) => {
    if (path.endsWith(session.id) && ++peeks % 2 === 1) res.end("{}");
    else answerWell(path, res);
  };
  rig.source.follow(session);
  rig.source.start();
  await waitFor("it was asked about in two rounds, or ended", () => peeks >= 4 || ended.length > 0, 10_000);
  expect(ended).toEqual([]);
});

test("whether a session lives is not asked right after its validation; else once for all who ask", async () => {
  const rig = await open({});
  const verdict = await rig.source.validate(requestOf(newHexId()));
  if (!verdict.ok) throw new Error(verdict.reason);
  expect(await rig.source.isAlive(verdict.session)).toBe(true);
  const peeks = (): number => rig.asked.filter((path) => path.startsWith("/preliminary/session/")).length;
  expect(peeks()).toBe(0);
  const other = exampleSession();
  expect(await Promise.all([other, other, other].map((one) => rig.source.isAlive(one)))).toEqual([true, true, true]);
  expect(peeks()).toBe(1);
});
