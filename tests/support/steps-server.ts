/**
 * The `/ajax` routes and the socket endpoint as the server has them, in this process, on a directory and a session store
 * that a test holds in its hands: states that no file brings about at the right moment (a user gone between two requests,
 * a store that fails) can be had. The client's address is what `X-Forwarded-For` says.
 */
import pino from "pino";
import { checkSecret, createMemorySessionStore, createValidator } from "../../auth/index.ts";
import type { Context, HashRules, Session, SessionStore, User } from "../../auth/index.ts";
import { loadSettings, type LoadedSettings } from "../../cascade/index.ts";
import { createAccountRoutes } from "../../server/account-routes.ts";
import { createEndpoint } from "../../server/endpoint.ts";
import { createClientOf } from "../../server/http/client.ts";
import { answerFaults } from "../../server/http/json-body.ts";
import { createListener } from "../../server/http/listener.ts";
import { createPublicApp } from "../../server/http/public-app.ts";
import { createIpCheck } from "../../server/ip-check.ts";
import { createRefusalMemory } from "../../server/ops/refusal-memory.ts";
import { createObserver } from "../../server/ops/observer.ts";
import { allSettings } from "../../server/settings/index.ts";
import { onCleanUp } from "./clean-up.ts";
import { exampleContext, exampleSession, exampleUser } from "./example-session.ts";

/** What the server believes at the moment; tests change it. */
export interface World {
  context: Context | undefined;
  user: User | undefined;
  mayOpen: boolean;
  /** Every look-up of a session fails. */
  storeFails: boolean;
  /** The user's attribute `ajax.maxCount`. */
  maxCount?: string;
  /** Changes of sessions wait for it, and with them the requests that make them. */
  gate?: Promise<unknown>;
}

export interface StepsServer {
  readonly url: string;
  readonly world: World;
  readonly sessions: SessionStore;
  /** Adds a session of user 3 in context 1, bound to 192.0.2.1. */
  addSession(changes?: Partial<Session>): Promise<Session>;
  /** A counter's value, 0 where it has none. */
  count(name: string, labels: Readonly<Record<string, string>>): Promise<number>;
}

export interface StepsServerOptions {
  /** As in a `.properties` file. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly hashRules?: Partial<HashRules>;
  /** Configuration directories, for `noipcheck.cnf`. */
  readonly directories?: readonly string[];
}

export async function openStepsServer(options: StepsServerOptions = {}): Promise<StepsServer> {
  const settings = await settingsOf(options);
  const world: World = { context: exampleContext(), user: exampleUser(), mayOpen: true, storeFails: false };
  const observer = createObserver(pino({ level: "silent" }), "test", () => performance.now());
  const sessions = createMemorySessionStore({ nowMs: () => performance.now(), limits: () => limits, onFault: fail });
  const ipCheck = createIpCheck(settings, options.directories ?? []);
  await ipCheck.reload();
  const { routes, endpoint } = createParts({ settings, world, sessions, ipCheck, observer, options });
  const app = createPublicApp({
    maxUrlBytes: 4_096,
    maxHeadersCount: 100,
    routes: [endpoint.handshake, ...routes],
    answerFaults: answerFaults(fail),
  });
  const listener = createListener(app, {
    settings: "",
    host: "127.0.0.1",
    port: 0,
    maxHeaderBytes: 8_192,
    maxHeadersCount: 101,
    headersTimeoutMs: 10_000,
    requestTimeoutMs: 15_000,
    upgradeTimeoutMs: 10_000,
  });
  endpoint.realtime.start();
  const url = await listener.start();
  onCleanUp(async () => {
    const closed = listener.stop();
    await endpoint.realtime.stop();
    listener.destroy();
    await closed;
  });
  return {
    url,
    world,
    sessions,
    addSession: async (changes = {}) => {
      const session = exampleSession({ createdAtMs: Date.now(), ...changes });
      const refusal = await sessions.add(session);
      if (refusal !== undefined) throw new Error(refusal);
      return session;
    },
    count: async (name, labels) => {
      const metric = await observer.metrics.registry.getSingleMetric(name)?.get();
      const found = metric?.values.find(({ labels: of }) =>
        Object.entries(labels).every(([key, value]) => of[key] === value),
      );
      return found?.value ?? 0;
    },
  };
}

const limits = {
  maxSessions: 10_000,
  maxSessionsPerUser: 0,
  maxSessionsPerClient: 0,
  shortLifeMs: 3_600_000,
  longLifeMs: 604_800_000,
};

const fail = (fault: unknown): void => {
  throw fault;
};

async function settingsOf({ settings = {}, directories = [] }: StepsServerOptions): Promise<LoadedSettings> {
  const assignments = Object.entries(settings).map(([name, text]) => ({ name, text }));
  const loaded = await loadSettings({ directories, assignments, known: allSettings });
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  return loaded.settings;
}

interface Parts {
  readonly settings: LoadedSettings;
  readonly world: World;
  readonly sessions: SessionStore;
  readonly ipCheck: ReturnType<typeof createIpCheck>;
  readonly observer: ReturnType<typeof createObserver>;
  readonly options: StepsServerOptions;
}

function createParts({ settings, world, sessions: store, ipCheck, observer, options }: Parts) {
  const trust = {
    considerXForwards: true,
    knownProxies: ["127.0.0.1"],
    forHeader: "X-Forwarded-For",
    protocolHeader: "X-Forwarded-Proto",
  };
  const hashRules = { source: "calculate", salt: "replaceMe1234567890", fields: [], ...options.hashRules } as const;
  const fails = (): Promise<never> => Promise.reject(new Error("made to fail"));
  const sessions: SessionStore = {
    ...store,
    peek: (id) => (world.storeFails ? fails() : store.peek(id)),
    touch: (id) => (world.storeFails ? fails() : store.touch(id)),
    update: async (id, changes) => {
      await world.gate;
      return store.update(id, changes);
    },
  };
  const directory = {
    context: () => Promise.resolve(world.context),
    user: () => Promise.resolve(world.user),
    authenticate: () => Promise.resolve(world.user),
  };
  const mayOpen = (): boolean => world.mayOpen;
  const shared = {
    settings,
    clientOf: createClientOf(() => trust),
    nowMs: () => performance.now(),
  };
  const ipCheckFor = ipCheck.rulesFor;
  const validate = createValidator({ sessions, directory, hashRules, ipCheckFor, mayOpen, onFault: () => undefined });
  const { routes } = createAccountRoutes({
    ...shared,
    packageStatus: { enabled: true, reason: "" },
    directory,
    sessions,
    validate,
    hashRules,
    ipCheckFor,
    mayOpen,
    maxCountOf: () => world.maxCount,
    onRefused: observer.onRequestRefused,
    onFault: (_what, cause) => fail(cause),
  });
  const endpoint = createEndpoint({
    ...shared,
    source: {
      validate,
      bearsSecret: (request, session) => checkSecret(session, request, hashRules) === undefined,
      isAlive: async ({ id }) => (await sessions.peek(id)) !== undefined,
      mayOpen: () => Promise.resolve(world.mayOpen),
      follow: () => () => undefined,
      onEnded: (listener) => sessions.onRemoved(listener),
    },
    isOpen: () => true,
    metrics: observer.metrics,
    onRefused: observer.onHandshakeRefused,
    refusals: createRefusalMemory(Date.now),
    onOpened: () => undefined,
    onFault: (_what, cause) => fail(cause),
    nowEpochMs: Date.now,
  });
  return { routes, endpoint };
}
