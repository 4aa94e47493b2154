import { describe, expect, test } from "@jest/globals";
import {
  createLogin,
  createLoginAttempts,
  type Login,
  type LoginOutcome,
  type LoginRequest,
} from "../../../auth/index.ts";
import type { AddRefusal, Session, User } from "../../../auth/index.ts";
import { exampleContext, exampleUser, exampleUserAgent, newHexId } from "../../support/example-session.ts";

interface World {
  readonly user?: User | undefined;
  readonly contextEnabled?: boolean;
  readonly refusal?: AddRefusal;
  readonly maxFailures?: number;
  readonly authenticate?: () => Promise<User | undefined>;
}

function open(world: World = {}): { readonly login: Login; readonly added: Session[] } {
  const added: Session[] = [];
  const user = "user" in world ? world.user : exampleUser();
  const login = createLogin({
    directory: {
      authenticate: (name, password) =>
        world.authenticate?.() ?? Promise.resolve(name.startsWith("anton") && password === "secret" ? user : undefined),
      context: () => Promise.resolve(exampleContext({ enabled: world.contextEnabled ?? true })),
    },
    sessions: {
      add: (session) => {
        added.push(session);
        return Promise.resolve(world.refusal);
      },
    },
    hashRules: { source: "calculate", salt: "replaceMe1234567890", fields: [] },
    attempts: createLoginAttempts({ maxFailures: world.maxFailures ?? 50, windowMs: 300_000 }, () => 0),
    newId: newHexId,
    nowEpochMs: () => 1_700_000_000_000,
  });
  return { login, added };
}

const request = (changes: Partial<LoginRequest> = {}): LoginRequest => ({
  name: "anton@demo-context",
  password: "secret",
  client: "open-xchange-appsuite",
  staySignedIn: false,
  headers: { "user-agent": exampleUserAgent },
  address: "192.0.2.1",
  ...changes,
});

describe("a login", () => {
  test("with the right password adds a session with ids of its own", async () => {
    const { login, added } = open();
    const outcome = await login(request({ name: "  anton@demo-context " }));
    const [session] = added;
    expect(outcome).toEqual({ ok: true, session });
    expect(session).toMatchObject({
      contextId: 1,
      userId: 3,
      userLogin: "anton",
      login: "anton@demo-context",
      locale: "en_US",
      client: "open-xchange-appsuite",
      userAgent: exampleUserAgent,
      localIp: "192.0.2.1",
      hash: "ewVgq30ckdZgPB629cI0bA",
      staySignedIn: false,
      guest: false,
      multifactor: false,
      multifactorAuthenticated: false,
      createdAtMs: 1_700_000_000_000,
    });
    const ids = [session?.id, session?.secret, session?.altId, session?.authId];
    expect(new Set(ids).size).toBe(4);
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id ?? ""))).toBe(true);
  });

  test("takes authId, address and User-Agent from its parameters", async () => {
    const { login, added } = open();
    const parameters = {
      authId: "trace-1",
      clientIp: "198.51.100.7",
      clientUserAgent: exampleUserAgent,
      staySignedIn: true,
    };
    await login(request({ ...parameters, headers: { "user-agent": "A proxy" } }));
    expect(added[0]).toMatchObject({
      authId: "trace-1",
      localIp: "198.51.100.7",
      userAgent: exampleUserAgent,
      hash: "ewVgq30ckdZgPB629cI0bA",
      staySignedIn: true,
    });
  });

  test("of a guest makes a hash with context and user", async () => {
    const { login, added } = open({ user: exampleUser({ guest: true }) });
    await login(request());
    expect(added[0]).toMatchObject({ guest: true, hash: "Vy35FsNWq1GpqrXnvzhvw" });
  });

  test("of a user with a second factor succeeds, with the factor still to be shown", async () => {
    const { login, added } = open({ user: exampleUser({ multifactor: true }) });
    expect((await login(request())).ok).toBe(true);
    expect(added[0]).toMatchObject({ multifactor: true, multifactorAuthenticated: false });
  });

  test("keeps no endless User-Agent, but hashes all of it", async () => {
    const { login, added } = open();
    await login(request({ headers: { "user-agent": `${exampleUserAgent} ${"x".repeat(5_000)}` } }));
    expect(added[0]?.userAgent).toHaveLength(512);
    await login(request({ headers: { "user-agent": `${exampleUserAgent} ${"x".repeat(5_001)}` } }));
    expect(added[0]?.hash).not.toBe(added[1]?.hash);
  });

  test.each<{ name: string; world: World; asked: Partial<LoginRequest> }>([
    { name: "a wrong password", world: {}, asked: { password: "guess" } },
    { name: "an unknown name", world: {}, asked: { name: "nobody" } },
    { name: "a disabled user", world: { user: exampleUser({ enabled: false }) }, asked: {} },
    { name: "a disabled context", world: { contextEnabled: false }, asked: {} },
  ])("with $name is refused without saying what was wrong", async ({ world, asked }) => {
    const { login, added } = open(world);
    expect(await login(request(asked))).toEqual({ ok: false, reason: "invalid-credentials" });
    expect(added).toEqual([]);
  });

  test("that the store does not take is refused for the store's reason", async () => {
    expect(await open({ refusal: "limit-user" }).login(request())).toEqual({ ok: false, reason: "limit-user" });
  });
});

describe("failed logins", () => {
  const outcomes = async (login: Login, ...asked: Partial<LoginRequest>[]): Promise<readonly string[]> => {
    const reasons: string[] = [];
    for (const one of asked) {
      const outcome: LoginOutcome = await login(request(one));
      reasons.push(outcome.ok ? "in" : outcome.reason);
    }
    return reasons;
  };
  const guess = { password: "guess" };

  test("stop even the right password once there were too many", async () => {
    const { login } = open({ maxFailures: 2 });
    expect(await outcomes(login, guess, guess, {}, guess)).toEqual([
      "invalid-credentials",
      "invalid-credentials",
      "too-many-failures",
      "too-many-failures",
    ]);
  });

  test("do not count for another name or another address", async () => {
    const { login } = open({ maxFailures: 1 });
    expect(
      await outcomes(login, guess, { name: "anton" }, { address: "198.51.100.7" }, { name: " ANTON@demo-context" }),
    ).toEqual(["invalid-credentials", "in", "in", "too-many-failures"]);
  });

  test("are not those that succeeded", async () => {
    const { login } = open({ maxFailures: 1 });
    expect(await outcomes(login, {}, {}, {}, guess)).toEqual(["in", "in", "in", "invalid-credentials"]);
  });

  test("are not those that failed by a fault of ours, which rises", async () => {
    const fault = new Error("made to fail");
    const { login } = open({ maxFailures: 1, authenticate: () => Promise.reject(fault) });
    await expect(login(request())).rejects.toBe(fault);
    await expect(login(request())).rejects.toBe(fault);
  });

  test("are counted while they are under way, so that many at once get no further", async () => {
    const { login } = open({ maxFailures: 3 });
    const all = await Promise.all(Array.from({ length: 10 }, () => login(request(guess))));
    expect(all.filter((one) => !one.ok && one.reason === "invalid-credentials")).toHaveLength(3);
  });
});

describe("the window of failures", () => {
  test("begins with the first failure and ends after its time", () => {
    let nowMs = 0;
    const attempts = createLoginAttempts({ maxFailures: 1, windowMs: 1_000 }, () => nowMs);
    expect(attempts.begin("anton", "a").ok).toBe(true);
    nowMs = 400;
    expect(attempts.begin("anton", "a")).toEqual({ ok: false, retryAfterMs: 600 });
    nowMs = 1_000;
    expect(attempts.begin("anton", "a").ok).toBe(true);
    expect(attempts.begin("anton", "a").ok).toBe(false);
  });

  test("is forgotten, the oldest first, when there are too many", () => {
    const attempts = createLoginAttempts({ maxFailures: 1, windowMs: 1_000, maxEntries: 2 }, () => 0);
    const begun = ["anton", "berta", "carla"].map((name) => attempts.begin(name, "a").ok);
    expect(begun).toEqual([true, true, true]);
    expect(attempts.begin("carla", "a").ok).toBe(false);
    expect(attempts.begin("berta", "a").ok).toBe(false);
    expect(attempts.begin("anton", "a").ok).toBe(true);
  });

  test.each([0, -1])("does not exist with a limit of %d", (maxFailures) => {
    const attempts = createLoginAttempts({ maxFailures, windowMs: 1_000 }, () => 0);
    const all = Array.from({ length: 100 }, () => attempts.begin("anton", "a").ok);
    expect(all.every(Boolean)).toBe(true);
  });
});
