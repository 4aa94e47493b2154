/** A middleware that fails says nothing about a session: upgrades wait for it, open sockets do not notice. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { openMiddleware, openOxbow, peekPeriodMs, upgrade } from "../../support/acceptance/behind-middleware.ts";
import { connectClient } from "../../support/acceptance/clients.ts";
import { logIn, pushTo } from "../../support/acceptance/http.ts";
import type { Disturbance } from "../../support/middleware/disturbances.ts";
import { type StandIn, startStandIn } from "../../support/middleware/stand-in.ts";
import type { Oxbow } from "../../support/oxbow-process.ts";
import { owned } from "../../support/clean-up.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { RawAnswer } from "../../support/acceptance/raw-http.ts";

let middleware: StandIn;
let oxbow: Oxbow;
beforeAll(async () => {
  middleware = await openMiddleware();
  oxbow = await openOxbow(middleware.url);
});

const faults: readonly Disturbance[] = [
  { kind: "html" },
  { kind: "rubbish" },
  { kind: "nonsense" },
  { kind: "empty" },
  { kind: "status", status: 500 },
  { kind: "status", status: 503 },
  { kind: "cut" },
  { kind: "reset" },
  { kind: "flood" },
];

test.each(faults)(
  "after $kind $status an upgrade waits, and opens when the middleware is well again",
  async (fault) => {
    const login = await logIn(middleware.url);
    middleware.traffic.forget();
    middleware.disturb("whoami", fault);
    const waiting = upgrade(oxbow, login);
    await waitFor("it was asked", () => middleware.traffic.of("whoami").requests > 0);
    middleware.calm();
    expect((await waiting).status).toBe(101);
  },
);

test.each([{ kind: "freeze" }, { kind: "silence" }, { kind: "half" }] as const)(
  "after $kind of the configuration or the login alike",
  async (fault) => {
    for (const place of ["whoami", "configuration"] as const) {
      const login = await logIn(middleware.url, "berta");
      middleware.traffic.forget();
      middleware.disturb(place, fault, 1);
      const waiting = upgrade(oxbow, login);
      const isAsked = (): boolean => middleware.traffic.of("whoami").requests > 0;
      await waitFor("it was asked", isAsked);
      if (fault.kind === "freeze") middleware.calm();
      expect((await waiting).status).toBe(101);
      middleware.calm();
    }
  },
);

/** How long an answer took. */
async function timed(answer: Promise<RawAnswer>): Promise<RawAnswer & { readonly ms: number }> {
  const startMs = performance.now();
  return { ...(await answer), ms: performance.now() - startMs };
}

describe("a middleware that stays away", () => {
  test("silent, failing or dead: an upgrade is held up to five seconds, then 503 with Retry-After", async () => {
    const ways: readonly ((middleware: StandIn) => Promise<void> | void)[] = [
      (one) => one.disturb("everything", { kind: "silence" }),
      (one) => one.disturb("everything", { kind: "status", status: 500 }),
      (one) => one.stop(),
    ];
    const held = ways.map(async (spoil) => {
      const away = await openMiddleware();
      const beside = await openOxbow(away.url);
      const login = await logIn(away.url);
      await spoil(away);
      return timed(upgrade(beside, login, { deadlineMs: 15_000 }));
    });
    for (const { status, answers, headers, ms } of await Promise.all(held)) {
      expect([status, answers]).toEqual([503, 1]);
      expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
      expect(ms).toBeGreaterThan(3_500);
      expect(ms).toBeLessThan(7_500); // five seconds, and room for a busy machine
    }
  });

  test("and comes back under the same address: sockets open again, and those held meanwhile do, too", async () => {
    const away = await openMiddleware();
    const beside = await openOxbow(away.url);
    const login = await logIn(away.url);
    await away.stop();
    const held = upgrade(beside, login);
    const back = owned(await startStandIn({ sharing: away, port: away.port }));
    expect((await held).status).toBe(101);
    expect((await upgrade(beside, login)).status).toBe(101);
    expect(back.traffic.of("whoami").requests).toBeGreaterThan(0);
  });

  test("closes no open socket, and pushes go on", async () => {
    const away = await openMiddleware();
    const beside = await openOxbow(away.url);
    const login = await logIn(away.url);
    const clients = (["1.7.4", "4.8"] as const).map((version) =>
      connectClient(beside.url, version, { login, events: ["x:y"] }),
    );
    for (const client of clients) await client.connected();
    for (const fault of [
      { kind: "status", status: 500 },
      { kind: "html" },
      { kind: "empty" },
      { kind: "silence" },
    ] as const) {
      away.traffic.forget();
      away.disturb("everything", fault);
      // More than a period: whatever is decided by one failed question would show.
      const enoughMs = performance.now() + 1.3 * peekPeriodMs;
      await waitFor("it was asked in vain for a while", () => performance.now() > enoughMs, 4 * peekPeriodMs);
    }
    await away.stop();
    await pushTo(beside.url, 3, "x:y", { still: "here" });
    for (const client of clients) {
      expect((await client.event("x:y")).args).toEqual([{ still: "here" }]);
      expect(client.life).toEqual(["connect"]);
    }
    const back = owned(await startStandIn({ sharing: away, port: away.port }));
    const whenBack = "the middleware is asked again";
    await waitFor(whenBack, () => back.traffic.ofSession("peek", login.session).requests > 0, 40_000);
    back.sessions.remove(login.session);
    for (const client of clients) await client.event("session:invalid", () => true, 10 * peekPeriodMs);
  });
});
