/** Many tabs, one session: the middleware is asked once at a time, and everybody gets the answer. */
import { beforeAll, beforeEach, expect, test } from "@jest/globals";
import { openMiddleware, openOxbow, upgrade } from "../../support/acceptance/behind-middleware.ts";
import { logIn } from "../../support/acceptance/http.ts";
import type { StandIn } from "../../support/middleware/stand-in.ts";
import type { Oxbow } from "../../support/oxbow-process.ts";
import { waitFor } from "../../support/wait-for.ts";

const roomForAll = {
  "com.openexchange.oxbow.maxSocketsPerUser": "100",
} as const;

let middleware: StandIn;
let oxbow: Oxbow;
beforeAll(async () => {
  middleware = await openMiddleware();
  oxbow = await openOxbow(middleware.url, roomForAll);
});
beforeEach(() => {
  middleware.calm();
  middleware.traffic.forget();
});

test("fifty connects of one session are one whoami in flight, and all get a socket", async () => {
  const login = await logIn(middleware.url);
  middleware.disturb("whoami", { kind: "delay", ms: 50 });
  const answers = await Promise.all(Array.from({ length: 50 }, async () => upgrade(oxbow, login)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 101));
  const asked = middleware.traffic.ofSession("whoami", login.session);
  expect(asked.maxInFlight).toBe(1);
  expect(asked.requests).toBeLessThanOrEqual(10);
  expect(middleware.traffic.of("configuration").maxInFlight).toBeLessThanOrEqual(2); // the flag and the limit of sockets
});

test("a refusal is shared as well, and says nothing about another cookie", async () => {
  const [login, other] = [await logIn(middleware.url), await logIn(middleware.url, "berta")];
  middleware.disturb("whoami", { kind: "delay", ms: 50 });
  const stolen = { session: login.session, cookie: other.cookie };
  const both = await Promise.all(
    Array.from({ length: 20 }, async (_, index) => upgrade(oxbow, index % 2 === 0 ? login : stolen)),
  );
  expect(both.map(({ status }) => status)).toEqual(both.map((_, index) => (index % 2 === 0 ? 101 : 403)));
});

test("waiting for one's turn does not count: with room for one question, the last of many gets its socket, too", async () => {
  const narrow = await openOxbow(middleware.url, {
    ...roomForAll,
    "com.openexchange.oxbow.middleware.maxRequests": "1",
  });
  const logins = await Promise.all(Array.from({ length: 10 }, async () => logIn(middleware.url)));
  middleware.disturb("whoami", { kind: "delay", ms: 600 }); // six seconds in all, more than an upgrade is held for a silent one
  const answers = await Promise.all(logins.map(async (login) => upgrade(narrow, login, { deadlineMs: 20_000 })));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 101));
  expect(middleware.traffic.of("whoami").maxInFlight).toBe(1);
});

test("sessions do not wait for each other", async () => {
  const logins = await Promise.all(Array.from({ length: 20 }, async () => logIn(middleware.url)));
  middleware.disturb("whoami", { kind: "freeze" });
  const answers = logins.map(async (login) => upgrade(oxbow, login));
  await waitFor("several are asked about at once", () => middleware.traffic.of("whoami").inFlight >= 10);
  middleware.calm();
  for (const answer of answers) expect((await answer).status).toBe(101);
  expect(middleware.traffic.mostInFlightOfOneSession("whoami")).toBe(1);
});
