import { expect, test } from "@jest/globals";
import type { ConfigEntry } from "../../../../../server/ops/admin/config-entry.ts";
import type { Facts } from "../../../../../server/ops/admin/explain-steps.ts";
import { explanationOf } from "../../../../../server/ops/admin/inspection.ts";
import type { SocketEntry } from "../../../../../server/ops/admin/socket-pages.ts";
import type { Standing } from "../../../../../server/ops/admin/standing.ts";

const whole = { complete: true, missing: [] };
const enabled: ConfigEntry = {
  name: "com.openexchange.websockets.enabled",
  value: "true",
  scope: "default",
  place: "default",
  shadows: [],
};
const users = { context: "enabled", user: "enabled", guest: false, sessions: ["0123456789abcdef"] } as const;
const fine: Standing = {
  person: { context: 1, user: 3, login: "anton" },
  package: { name: "open-xchange-websockets-grizzly", enabled: true, reason: "nothing disables it" },
  enabled,
  mayOpen: true,
  users,
};
const socket: SocketEntry = {
  protocol: 4,
  ...{ context: 1, user: 3, session: "0123456789abcdef", connection: "1", client: "c", address: "192.0.2.1" },
  ...{ path: "/socket.io/", node: "a", since: "2026-01-01T00:00:00.000Z" },
};
const withSocket: Facts["sockets"] = { sockets: [socket], total: 1, ...whole };
const noSocket: Facts["sockets"] = { sockets: [], total: 0, ...whole };
const noRefusal: Facts["refusals"] = { refusals: [], ...whole };

const explain = (standing: Partial<Standing>, further: Partial<Omit<Facts, "standing">> = {}) =>
  explanationOf({ standing: { ...fine, ...standing }, sockets: noSocket, refusals: noRefusal, ...further });

test.each([
  {
    name: "a disabled package",
    standing: { package: { ...fine.package, enabled: false, reason: "disabled in values.yaml:3" } },
    says: /no push: the package open-xchange-websockets-grizzly is disabled \(disabled in values\.yaml:3\)\.$/,
  },
  {
    name: "the setting, whose text means something else",
    standing: {
      mayOpen: false,
      enabled: { ...enabled, value: "yes", means: "false", scope: "server", place: "a.properties:2" },
    },
    says: /websockets\.enabled is yes, which means false \(server: a\.properties:2\)\.$/,
  },
  {
    name: "a disabled context",
    standing: { users: { ...users, context: "disabled" } },
    says: /context 1 is disabled\.$/,
  },
  { name: "a user who is not there", standing: { users: { ...users, user: "unknown" } }, says: /user 3 is unknown\.$/ },
  { name: "a guest", standing: { users: { ...users, guest: true } }, says: /guests have no capability/ },
] as const)("$name blocks, and the sentence says so", ({ standing, says }) => {
  const { verdict, sentence } = explain(standing);
  expect([verdict, sentence]).toEqual(["blocked", expect.stringMatching(says)]);
});

test("with open sockets the user has push", () => {
  expect(explain({}, { sockets: withSocket })).toMatchObject({
    verdict: "push",
    sentence: "anton, user 3 of context 1, has push, with 1 open socket.",
  });
});

test("without a socket the last refusal is in the sentence", () => {
  const refusals = [{ at: "2026-01-01T00:00:00.000Z", reason: "origin", node: "a" }];
  const { verdict, sentence } = explain({}, { refusals: { refusals, ...whole } });
  expect(verdict).toBe("no-socket");
  expect(sentence).toMatch(/no socket is open now; last refused: .* origin that is not allowed \(origin, at a\)\.$/);
});

test("a node that did not answer makes it incomplete, and is named in the step", () => {
  const { steps, complete, missing } = explain({}, { sockets: { ...withSocket, complete: false, missing: ["b"] } });
  expect([complete, missing]).toEqual([false, ["b"]]);
  expect(steps.find(({ step }) => step === "sockets")).toMatchObject({
    state: "unknown",
    says: "1 socket open now, at a; no answer of b",
  });
});

test("what is the middleware's to know is unknown here, and blocks nothing", () => {
  const { person, package: status, mayOpen } = fine;
  const ofMiddleware: Standing = { person, package: status, enabled, mayOpen: mayOpen === true };
  const { steps, verdict } = explanationOf({ standing: ofMiddleware, sockets: withSocket, refusals: noRefusal });
  expect(steps.filter(({ state }) => state === "unknown").map(({ step }) => step)).toEqual([
    ...["context", "user", "capability", "sessions"],
  ]);
  expect(verdict).toBe("push");
});
