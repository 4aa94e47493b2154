import { beforeEach, describe, expect, test } from "@jest/globals";
import {
  createMemorySessionStore,
  createValidator,
  type Context,
  type IpCheckRules,
  type Session,
  type User,
} from "../../../auth/index.ts";
import type { MemorySessionStore, SessionEnd, SessionRequest, Verdict } from "../../../auth/index.ts";
import {
  exampleContext,
  exampleSession,
  exampleUser,
  exampleUserAgent,
  newHexId,
} from "../../support/example-session.ts";

const limits = {
  maxSessions: 9,
  maxSessionsPerUser: 0,
  maxSessionsPerClient: 0,
  shortLifeMs: 1_000,
  longLifeMs: 5_000,
};
const noIpCheck: IpCheckRules = {
  mode: "none",
  maskV4: undefined,
  maskV6: undefined,
  roamingClients: [],
  exempt: [],
};
const secretName = "open-xchange-secret-ewVgq30ckdZgPB629cI0bA";
const purposes = ["request", "socket"] as const;

let nowMs = 0;
let store: MemorySessionStore;
let ends: [string, SessionEnd][];
let faults: unknown[];
beforeEach(() => {
  nowMs = 0;
  ends = [];
  faults = [];
  store = createMemorySessionStore({
    nowMs: () => nowMs,
    limits: () => limits,
    onFault: (fault) => faults.push(fault),
  });
  store.onRemoved(({ id }, end) => ends.push([id, end]));
});

/** The world around one validation: what it does not name is sound. */
interface World {
  readonly session?: Partial<Session>;
  readonly context?: Context | undefined;
  readonly user?: User | undefined;
  readonly mayOpen?: boolean;
  readonly ipCheck?: Partial<IpCheckRules>;
  readonly request?: Partial<SessionRequest>;
}

async function validate(
  world: World,
  purpose: SessionRequest["purpose"],
): Promise<{ verdict: Verdict; session: Session }> {
  const session = exampleSession(world.session);
  await store.add(session);
  const context = "context" in world ? world.context : exampleContext();
  const user = "user" in world ? world.user : exampleUser();
  const validator = createValidator({
    sessions: store,
    directory: { context: () => Promise.resolve(context), user: () => Promise.resolve(user) },
    hashRules: { source: "calculate", salt: "replaceMe1234567890", fields: [] },
    ipCheckFor: () => ({ ...noIpCheck, ...world.ipCheck }),
    mayOpen: () => world.mayOpen ?? true,
    onFault: (fault) => faults.push(fault),
  });
  const verdict = await validator({
    sessionId: session.id,
    cookies: { [secretName]: session.secret },
    headers: { "user-agent": exampleUserAgent },
    address: "192.0.2.1",
    path: purpose === "socket" ? "/socket.io/appsuite/" : "/ajax/capabilities",
    purpose,
    ...world.request,
  });
  return { verdict, session };
}
const reasonOf = (verdict: Verdict): string => (verdict.ok ? "none" : verdict.reason);

const pending = { multifactor: true, multifactorAuthenticated: false };
const wrong = { cookies: { [secretName]: "0".repeat(32) } };
const strict = { ipCheck: { mode: "strict" } } as const;
const moved = { request: { address: "198.51.100.7" } };

describe.each(purposes)("a %s", (purpose) => {
  test("with a live session, its secret, and an enabled context and user passes as that user", async () => {
    const { verdict, session } = await validate({}, purpose);
    expect(verdict).toEqual({ ok: true, session, user: exampleUser() });
  });

  test.each<{ name: string; world: World; reason: string }>([
    { name: "no session id", world: { request: { sessionId: undefined } }, reason: "session-missing" },
    { name: "an empty session id", world: { request: { sessionId: "" } }, reason: "session-missing" },
    { name: "an unknown session id", world: { request: { sessionId: newHexId() } }, reason: "session-unknown" },
    { name: "a session id that is none", world: { request: { sessionId: "../../x" } }, reason: "session-unknown" },
    {
      name: "an endless session id",
      world: { request: { sessionId: "a".repeat(100_000) } },
      reason: "session-unknown",
    },
    {
      name: "a session still waiting for its second factor",
      world: { session: pending },
      reason: "multifactor-pending",
    },
    { name: "no cookie at all", world: { request: { cookies: {} } }, reason: "secret-missing" },
    {
      name: "the secret under another browser's name",
      world: { request: { headers: { "user-agent": "Other" } } },
      reason: "secret-missing",
    },
    { name: "a wrong secret", world: { request: wrong }, reason: "secret-mismatch" },
    {
      name: "a part of the secret",
      world: { session: { secret: "f".repeat(32) }, request: { cookies: { [secretName]: "f" } } },
      reason: "secret-mismatch",
    },
    { name: "an unknown context", world: { context: undefined }, reason: "context-unknown" },
    { name: "an unknown user", world: { user: undefined }, reason: "user-unknown" },
    { name: "a disabled user", world: { user: exampleUser({ enabled: false }) }, reason: "user-disabled" },
    { name: "a disabled context", world: { context: exampleContext({ enabled: false }) }, reason: "context-disabled" },
    { name: "another address under the strict check", world: { ...strict, ...moved }, reason: "ip-check" },
    {
      name: "an unknown address under the strict check",
      world: { ...strict, request: { address: undefined } },
      reason: "ip-check",
    },
  ])("with $name is refused: $reason", async ({ world, reason }) => {
    expect(reasonOf((await validate(world, purpose)).verdict)).toBe(reason);
  });

  const off = exampleUser({ enabled: false });
  const closed = exampleContext({ enabled: false });
  test.each<{ first: string; then: string; world: World }>([
    { first: "multifactor-pending", then: "the secret", world: { session: pending, request: { cookies: {} } } },
    { first: "secret-missing", then: "the context", world: { request: { cookies: {} }, context: undefined } },
    { first: "secret-mismatch", then: "the context", world: { request: wrong, context: undefined } },
    { first: "context-unknown", then: "the user", world: { context: undefined, user: undefined } },
    { first: "user-unknown", then: "whether the context is enabled", world: { context: closed, user: undefined } },
    { first: "user-disabled", then: "whether the context is enabled", world: { context: closed, user: off } },
    { first: "context-disabled", then: "the address", world: { context: closed, ...strict, ...moved } },
    { first: "ip-check", then: "the feature", world: { ...strict, ...moved, mayOpen: false } },
  ])("is asked for $then only after $first", async ({ first, world }) => {
    expect(reasonOf((await validate(world, purpose)).verdict)).toBe(first);
  });

  test("of a restricted session needs no second factor", async () => {
    const { verdict } = await validate({ session: { ...pending, restricted: "mail" } }, purpose);
    expect(reasonOf(verdict)).toBe("none");
  });

  test("of a session whose second factor was shown passes", async () => {
    const { verdict } = await validate({ session: { multifactor: true, multifactorAuthenticated: true } }, purpose);
    expect(reasonOf(verdict)).toBe("none");
  });
});

describe("while the second factor is awaited", () => {
  test.each([
    { path: "/ajax/login", open: true },
    { path: "/ajax/system", open: true },
    { path: "/ajax/token", open: true },
    { path: "/ajax/share", open: true },
    { path: "/ajax/multifactor/provider", open: true },
    { path: "/ajax/multifactor/device", open: true },
    { path: "/ajax/multifactor", open: false },
    { path: "/ajax/capabilities", open: false },
    { path: "/ajax/system/more", open: false },
    { path: "/", open: false },
  ])("a request to $path is served: $open", async ({ path, open }) => {
    const { verdict } = await validate({ session: pending, request: { path } }, "request");
    expect(reasonOf(verdict)).toBe(open ? "none" : "multifactor-pending");
  });

  test("a socket is refused on whatever path", async () => {
    const { verdict } = await validate({ session: pending, request: { path: "/socket.io/login" } }, "socket");
    expect(reasonOf(verdict)).toBe("multifactor-pending");
  });
});

test.each(purposes)("a %s is never looked up by an id that has not the form of one", async (purpose) => {
  const lookedUp: string[] = [];
  const find = (id: string): Promise<Session | undefined> => {
    lookedUp.push(id);
    return Promise.resolve(undefined);
  };
  const validator = createValidator({
    sessions: { peek: find, touch: find, update: find, remove: () => Promise.resolve(false) },
    directory: { context: () => Promise.resolve(undefined), user: () => Promise.resolve(undefined) },
    hashRules: { source: "calculate", salt: "replaceMe1234567890", fields: [] },
    ipCheckFor: () => noIpCheck,
    mayOpen: () => true,
    onFault: (fault) => faults.push(fault),
  });
  const sound = newHexId();
  for (const sessionId of [sound, sound.slice(1), `${sound}0`, `${sound}\n`, "a".repeat(100_000), "*"]) {
    await validator({ sessionId, cookies: {}, headers: {}, address: undefined, path: "/", purpose });
  }
  expect(lookedUp).toEqual([sound]);
});

test("a socket of a user for whom the feature is off is refused, a request is not", async () => {
  expect(reasonOf((await validate({ mayOpen: false }, "socket")).verdict)).toBe("websockets-disabled");
  expect(reasonOf((await validate({ mayOpen: false }, "request")).verdict)).toBe("none");
});

test("a socket without User-Agent is known by the name that its login was made with, a request is not", async () => {
  expect(reasonOf((await validate({ request: { headers: {} } }, "socket")).verdict)).toBe("none");
  expect(reasonOf((await validate({ request: { headers: {} } }, "request")).verdict)).toBe("secret-missing");
});

describe("the life of a session", () => {
  test.each([
    { purpose: "request", lives: true },
    { purpose: "socket", lives: false },
  ] as const)("is extended by a $purpose: $lives", async ({ purpose, lives }) => {
    const session = exampleSession();
    await store.add(session);
    nowMs = 800;
    await validate({ request: { sessionId: session.id, cookies: { [secretName]: session.secret } } }, purpose);
    nowMs = 1_500;
    expect((await store.peek(session.id)) !== undefined).toBe(lives);
  });

  test.each<{ name: string; world: World; end: SessionEnd | undefined }>([
    { name: "an unknown context", world: { context: undefined }, end: "removed" },
    { name: "an unknown user", world: { user: undefined }, end: "removed" },
    { name: "a disabled context", world: { context: exampleContext({ enabled: false }) }, end: "context-disabled" },
    { name: "a disabled user", world: { user: exampleUser({ enabled: false }) }, end: undefined },
    { name: "a wrong secret", world: { request: wrong }, end: undefined },
    { name: "a missing secret", world: { request: { cookies: {} } }, end: undefined },
    { name: "an awaited second factor", world: { session: pending }, end: undefined },
    { name: "another address under the strict check", world: { ...strict, ...moved }, end: "removed" },
  ])("ends with a request that finds $name: $end; never with a socket", async ({ world, end }) => {
    const socket = await validate(world, "socket");
    expect(ends).toEqual([]);
    expect(await store.peek(socket.session.id)).toEqual(socket.session);
    const request = await validate(world, "request");
    expect(ends).toEqual(end === undefined ? [] : [[request.session.id, end]]);
  });
});

describe.each(purposes)("a %s when a source fails", (purpose) => {
  const fault = new Error("made to fail");
  const sound = {
    sessions: {
      peek: () => Promise.resolve(exampleSession({ secret: "s" })),
      touch: () => Promise.resolve(exampleSession({ secret: "s" })),
      update: () => Promise.resolve(exampleSession({ secret: "s" })),
      remove: () => Promise.resolve(true),
    },
    directory: { context: () => Promise.resolve(exampleContext()), user: () => Promise.resolve(exampleUser()) },
    mayOpen: () => Promise.resolve(true),
  };
  const fails = (): Promise<never> => Promise.reject(fault);
  test.each([
    { name: "the session store", deps: { ...sound, sessions: { ...sound.sessions, peek: fails, touch: fails } } },
    { name: "the contexts", deps: { ...sound, directory: { ...sound.directory, context: fails } } },
    { name: "the users", deps: { ...sound, directory: { ...sound.directory, user: fails } } },
  ])("($name) is refused as nobody can tell, and the fault is reported", async ({ deps }) => {
    const validator = createValidator({
      ...deps,
      hashRules: { source: "calculate", salt: "replaceMe1234567890", fields: [] },
      ipCheckFor: () => noIpCheck,
      onFault: (told) => faults.push(told),
    });
    const verdict = await validator({
      sessionId: newHexId(),
      cookies: { [secretName]: "s" },
      headers: { "user-agent": exampleUserAgent },
      address: undefined,
      path: "/",
      purpose,
    });
    expect(verdict).toEqual({ ok: false, reason: "source-unreachable" });
    expect(faults).toEqual([fault]);
  });
});
