/** The faults that the stand-in shows on demand, as a client sees them; and what it counts meanwhile. */
import { describe, expect, test } from "@jest/globals";
import { ask, asBrowser, logIn, type Login, whoami } from "../../../support/acceptance/http.ts";
import { owned } from "../../../support/clean-up.ts";
import { type StandIn, startStandIn } from "../../../support/middleware/stand-in.ts";
import { waitFor } from "../../../support/wait-for.ts";

const open = async (): Promise<{ middleware: StandIn; login: Login }> => {
  const middleware = owned(await startStandIn());
  return { middleware, login: await logIn(middleware.url) };
};

/** What becomes of a whoami: status and body, or that nothing came. */
async function outcome({ url }: StandIn, login: Login, withinMs = 500): Promise<string> {
  const signal = AbortSignal.timeout(withinMs);
  const asked = asBrowser(`${url}/ajax/system?action=whoami&session=${login.session}`, login, { signal });
  return asked.then(
    ({ status, headers, text }) => `${status} ${headers.get("content-type") ?? ""} ${text}`,
    () => (signal.aborted ? "nothing" : "broken"),
  );
}

test.each([
  { disturbance: { kind: "status", status: 500 }, seen: /^500 text\/html/ },
  { disturbance: { kind: "html" }, seen: /^200 text\/html/ },
  { disturbance: { kind: "rubbish" }, seen: /^200 text\/javascript.*not JSON$/ },
  { disturbance: { kind: "nonsense" }, seen: /^200 text\/javascript.*"session":7/ },
  { disturbance: { kind: "empty" }, seen: /^200 text\/javascript; charset=utf-8 $/i },
  { disturbance: { kind: "silence" }, seen: /^nothing$/ },
  { disturbance: { kind: "half" }, seen: /^nothing$/ },
  { disturbance: { kind: "flood" }, seen: /^nothing$/ },
  { disturbance: { kind: "cut" }, seen: /^broken$/ },
  { disturbance: { kind: "reset" }, seen: /^broken$/ },
] as const)("$disturbance.kind is seen as $seen, until all is calm", async ({ disturbance, seen }) => {
  const { middleware, login } = await open();
  middleware.disturb("whoami", disturbance);
  expect(await outcome(middleware, login)).toMatch(seen);
  expect((await logIn(middleware.url)).session).not.toBe("");
  middleware.calm();
  expect(await outcome(middleware, login, 5_000)).toMatch(/^200 .*"user":"anton"/);
});

test("a delay is a late answer", async () => {
  const { middleware, login } = await open();
  middleware.disturb("everything", { kind: "delay", ms: 120 });
  const startMs = performance.now();
  expect((await whoami(middleware.url, login)).json).toHaveProperty("data");
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(119);
});

test("what is frozen is answered when all is calm", async () => {
  const { middleware, login } = await open();
  middleware.disturb("whoami", { kind: "freeze" });
  const answers = [whoami(middleware.url, login), whoami(middleware.url, login)];
  await waitFor("both are in flight", () => middleware.traffic.of("whoami").inFlight === 2);
  middleware.calm();
  for (const answer of await Promise.all(answers)) expect(answer.json).toHaveProperty("data");
});

test("a disturbance counts as often as was said", async () => {
  const { middleware, login } = await open();
  middleware.disturb("whoami", { kind: "status", status: 503 }, 2);
  const statuses: number[] = [];
  for (let index = 0; index < 3; index += 1) statuses.push((await whoami(middleware.url, login)).status);
  expect(statuses).toEqual([503, 503, 200]);
});

describe("the traffic", () => {
  test("is counted by place and session, with the most at one moment", async () => {
    const { middleware, login } = await open();
    const other = await logIn(middleware.url, "berta");
    middleware.disturb("whoami", { kind: "freeze" });
    const answers = [login, login, other].map(async (one) => whoami(middleware.url, one));
    await waitFor("all are in flight", () => middleware.traffic.of("whoami").inFlight === 3);
    middleware.calm();
    await Promise.all(answers);
    await whoami(middleware.url, other);
    await waitFor("none is in flight", () => middleware.traffic.of("whoami").inFlight === 0);
    expect(middleware.traffic.of("whoami")).toEqual({ requests: 4, inFlight: 0, maxInFlight: 3 });
    expect(middleware.traffic.ofSession("whoami", other.session)).toEqual({ requests: 2, inFlight: 0, maxInFlight: 1 });
    expect(middleware.traffic.mostInFlightOfOneSession("whoami")).toBe(2);
    middleware.traffic.forget();
    expect(middleware.traffic.of("whoami")).toEqual({ requests: 0, inFlight: 0, maxInFlight: 0 });
  });

  test("is remembered with headers and query", async () => {
    const { middleware, login } = await open();
    await asBrowser(`${middleware.url}/ajax/system?action=whoami&session=${login.session}`, login, {
      headers: { "X-Forwarded-For": "203.0.113.7" },
    });
    const [seen] = middleware.traffic.seen("whoami");
    expect(seen?.headers).toMatchObject({ cookie: login.cookie, "x-forwarded-for": "203.0.113.7" });
    expect(seen?.query.get("session")).toBe(login.session);
  });

  test("forgets a request whose client gave up", async () => {
    const { middleware, login } = await open();
    middleware.disturb("whoami", { kind: "silence" });
    expect(await outcome(middleware, login, 100)).toBe("nothing");
    await waitFor("none is in flight", () => middleware.traffic.of("whoami").inFlight === 0);
  });
});

test("another URL of the same middleware knows its sessions, and may be dead on its own", async () => {
  const { middleware, login } = await open();
  const second = owned(await startStandIn({ sharing: middleware }));
  expect((await whoami(second.url, login)).json).toHaveProperty("data");
  await second.stop();
  await expect(ask(second.url)).rejects.toThrow();
  expect((await whoami(middleware.url, login)).json).toHaveProperty("data");
});
