/** Whatever the middleware says no to gets no socket: before the 101, with 403, by both generations of its errors. */
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { openMiddleware, openOxbow, upgrade, type UpgradeOptions } from "../../support/acceptance/behind-middleware.ts";
import { logIn, type Login } from "../../support/acceptance/http.ts";
import { getBytes, rawRequest } from "../../support/acceptance/raw-http.ts";
import { createPeople } from "../../support/middleware/people.ts";
import type { StandIn } from "../../support/middleware/stand-in.ts";
import type { Oxbow } from "../../support/oxbow-process.ts";

let middleware: StandIn;
let oxbow: Oxbow;
beforeAll(async () => {
  const users = [70, 71, 72, 73, 74].map((userId) => ({
    contextId: 1,
    userId,
    name: `user-${userId}`,
    password: "secret",
  }));
  middleware = await openMiddleware({ users });
  oxbow = await openOxbow(middleware.url);
});

const sound = createPeople();
afterEach(() => {
  middleware.calm();
  middleware.switches.errors = "new";
  middleware.switches.ipCheck = "none";
  Object.assign(person(), sound.person(1, 3));
  Object.assign(context(), sound.context(1));
});

const enabled = "com.openexchange.websockets.enabled";
const people = new Map<string, object>();
/** Also when it was made not to exist. */
const kept = (key: string, thing: object | undefined): object => {
  if (thing !== undefined) people.set(key, thing);
  return people.get(key) ?? {};
};
const person = (): object => kept("person", middleware.people.person(1, 3));
const context = (): object => kept("context", middleware.people.context(1));

interface Case {
  readonly name: string;
  readonly spoil?: (login: Login) => void;
  readonly headers?: UpgradeOptions["headers"];
  /** The middleware's own doing, at any request. */
  readonly ends?: boolean;
}

const cases: readonly Case[] = [
  { name: "a session that is gone", spoil: ({ session }) => middleware.sessions.remove(session), ends: true },
  { name: "no cookie", headers: { Cookie: undefined } },
  { name: "cookies without the secret", headers: { Cookie: "a=b" } },
  { name: "another User-Agent", headers: { "User-Agent": "Other/1.0" } },
  { name: "a wrong secret", spoil: ({ session }) => change(session, { secret: "0".repeat(32) }) },
  { name: "a user that is gone", spoil: () => Object.assign(person(), { exists: false }), ends: true },
  { name: "a user without mail", spoil: () => Object.assign(person(), { active: false }) },
  { name: "a context that is gone", spoil: () => Object.assign(context(), { exists: false }), ends: true },
  { name: "a disabled context", spoil: () => Object.assign(context(), { enabled: false }), ends: true },
  { name: "a pending second factor", spoil: ({ session }) => change(session, { multifactor: "pending" }) },
  {
    name: "another address under a strict check",
    spoil: ({ session }) => {
      middleware.switches.ipCheck = "strict";
      change(session, { localIp: "203.0.113.7" });
    },
    ends: true,
  },
];

const change = (session: string, to: object): void => void Object.assign(middleware.sessions.peek(session) ?? {}, to);

describe.each(cases)("$name", ({ spoil, headers, ends = false }) => {
  test.each([
    { errors: "new", protocol: 3 },
    { errors: "new", protocol: 4 },
    { errors: "old", protocol: 4 },
  ] as const)(
    "is refused with 403 by errors of the $errors releases, Engine.IO $protocol",
    async ({ errors, protocol }) => {
      middleware.switches.errors = errors;
      person();
      context();
      const login = await logIn(middleware.url);
      spoil?.(login);
      const {
        status,
        answers,
        headers: answered,
      } = await upgrade(oxbow, login, { protocol, ...(headers && { headers }) });
      expect([status, answers, answered.get("retry-after")]).toEqual([403, 1, undefined]);
      expect(middleware.sessions.all().some(({ id }) => id === login.session)).toBe(!ends);
    },
  );
});

test.each([
  { name: "no session", target: "/socket.io/?EIO=4&transport=websocket", status: 400 },
  {
    name: "a session id that is none",
    target: "/socket.io/?EIO=4&transport=websocket&session=..%2f..%2fx",
    status: 403,
  },
])("$name is refused with $status and asks the middleware nothing", async ({ target, status }) => {
  middleware.traffic.forget();
  const answer = await rawRequest(
    oxbow.url,
    getBytes(target, {
      Connection: "Upgrade",
      Upgrade: "websocket",
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }),
  );
  expect(answer.status).toBe(status);
  expect(middleware.traffic.of("everything").requests).toBe(0);
});

test.each(["SES-0203", "SES-0204", "SES-0205", "SES-0206", "SES-0212", "SES-9999", "MFA-0001"])(
  "the code %s is about the session: 403",
  async (code) => {
    const login = await logIn(middleware.url);
    middleware.disturb("whoami", { kind: "code", code });
    expect((await upgrade(oxbow, login)).status).toBe(403);
  },
);

test.each(["SES-0001", "SES-0009", "SES-0208", "SVL-0002", "SRV-0001"])(
  "the code %s is a fault of the server, which passes: the upgrade waits and gets its socket",
  async (code) => {
    const login = await logIn(middleware.url);
    middleware.disturb("whoami", { kind: "code", code }, 1);
    expect((await upgrade(oxbow, login)).status).toBe(101);
  },
);

test.each([
  { name: "undefined", value: undefined, userId: 70, status: 101 },
  { name: "true", value: "true", userId: 71, status: 101 },
  { name: "false", value: "false", userId: 72, status: 403 },
  { name: "empty", value: "", userId: 73, status: 403 },
  { name: "anything else", value: "maybe", userId: 74, status: 403 },
])("a user whose enabled flag is $name gets $status", async ({ value, userId, status }) => {
  middleware.properties.set(enabled, value, { contextId: 1, userId });
  expect((await upgrade(oxbow, await logIn(middleware.url, `user-${userId}`))).status).toBe(status);
});
