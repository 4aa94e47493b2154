/**
 * The middleware as the source of sessions: validation by `whoami`, the flag of the user, and peeks that tell when a
 * session of an open socket has ended. A middleware that fails refuses nobody for good and closes nothing.
 */
import { createBoundedWork, TooBusyError } from "../bounded-work.ts";
import { createListeners } from "../listeners.ts";
import type { SessionSource, SocketsEnd } from "../session-source.ts";
import type { Session } from "../session.ts";
import { judgePeek } from "./answers.ts";
import { createCoalescer } from "./coalesce.ts";
import { MiddlewareFault } from "./fault.ts";
import { createLiveness, maxPeeks } from "./liveness.ts";
import type { Meter, QuestionKind } from "./meter.ts";
import { createUpstreams } from "./upstreams.ts";
import type { Upstream, Upstreams, UpstreamState } from "./upstreams.ts";
import { createUserValues } from "./user-values.ts";
import type { UserKey, UserValues } from "./user-values.ts";
import { createMiddlewareValidator, sharedForMs } from "./validator.ts";
import type { WhoAmIRules } from "./whoami.ts";

export interface MiddlewareSourceDeps {
  readonly upstreams: readonly (Upstream & { close(): Promise<void> })[];
  /** Towards the REST routes. Asked at each question. */
  readonly credentials: () => { readonly login: string; readonly password: string };
  readonly rules: () => WhoAmIRules;
  /** `com.openexchange.websockets.enabled`: nobody gets a socket before it is known. */
  readonly enabledProperty: string;
  /** What else of the user counts when a socket opens; where nobody can tell, the last answer does, or the settings here. */
  readonly openingProperties: readonly string[];
  /** Whether the user may have sockets, as far as is known now: reads what was answered before what is set here. */
  readonly isEnabled: (user: UserKey) => boolean;
  readonly peekPeriodMs: () => number;
  /** Questions for handshakes at once, and how many more may wait for their turn. */
  readonly maxAsking: number;
  readonly maxWaiting: number;
  readonly nowMs: () => number;
  readonly meter: Meter;
  /** A handshake carries the header of a proxy that is not believed: its address is probably the proxy's. */
  readonly onUnknownProxy: () => void;
  /** Nobody could tell. Told of each time. */
  readonly onFault: (fault: unknown) => void;
}

export interface MiddlewareSource extends SessionSource {
  /** Values of users, as they were asked for handshakes and open sockets. */
  readonly values: UserValues;
  /** What is known of each URL: of questions for handshakes, and of those for open sockets. */
  state(): { readonly whoami: readonly UpstreamState[]; readonly rest: readonly UpstreamState[] };
  start(): void;
  stop(): Promise<void>;
}

export function createMiddlewareSource(deps: MiddlewareSourceDeps): MiddlewareSource {
  const { nowMs, meter } = deps;
  const authorization = (): string => basic(deps.credentials());
  const whoami = createUpstreams(deps);
  const rest = createUpstreams(deps);
  const inTurn = createBoundedWork({ running: deps.maxAsking, waiting: deps.maxWaiting });
  const ended = createListeners<[{ readonly id: string }, SocketsEnd]>(deps.onFault);

  const values = createUserValues({
    ask: askerOf(rest, "configuration", meter, inTurn),
    ...{ authorization, nowMs },
    onShared: () => meter.shared("configuration"),
    lasting: new Set([deps.enabledProperty, ...deps.openingProperties]),
    onStale: deps.onFault,
  });
  const { mayHave, mayOpen } = createFlag(values, deps);
  const validator = createMiddlewareValidator({
    ask: askerOf(whoami, "whoami", meter, inTurn),
    mayOpen,
    rules: deps.rules,
    nowMs,
    onShared: () => meter.shared("whoami"),
    onUnknownProxy: deps.onUnknownProxy,
    onFault: deps.onFault,
  });
  const peeksInTurn = createBoundedWork({ running: maxPeeks, waiting: deps.maxWaiting });
  const peek = createPeek(askerOf(rest, "peek", meter, peeksInTurn), authorization);
  const sharedPeek = createCoalescer<boolean>({
    keepMs: (alive) => (alive ? sharedForMs : 0),
    nowMs,
    onShared: () => meter.shared("peek"),
  });
  const liveness = createLiveness({
    ask: async (session) => {
      if (!(await peek(session))) return "removed";
      return (await mayHave(session, 0)) ? undefined : "websockets-disabled";
    },
    periodMs: deps.peekPeriodMs,
    nowMs,
    onEnded: (session, end) => {
      validator.forget(session);
      ended.tell(session, end);
    },
    onFault: deps.onFault,
  });

  return {
    validate: validator.validate,
    bearsSecret: (request, session) => validator.bearsSecret(request, session),
    isAlive: async (session) => validator.isFresh(session) || (await sharedPeek(session.id, () => peek(session))),
    mayOpen: (user) => mayHave(user),
    values,
    follow: (session) => liveness.follow(session),
    onEnded: (listener) => ended.add(listener),
    state: () => ({ whoami: whoami.state(), rest: rest.state() }),
    start: () => liveness.start(),
    stop: async () => {
      liveness.stop();
      await Promise.all(deps.upstreams.map((upstream) => upstream.close()));
    },
  };
}

/** Whether a user may have sockets: for one that is open, and for one that is about to be. */
function createFlag(
  values: UserValues,
  { enabledProperty, openingProperties, isEnabled, onFault }: MiddlewareSourceDeps,
) {
  const mayHave = async (user: UserKey, maxAgeMs?: number): Promise<boolean> => {
    await values.ask(enabledProperty, user, maxAgeMs);
    return isEnabled(user);
  };
  const mayOpen = async (user: UserKey): Promise<boolean> => {
    const others = openingProperties.map((name) => values.ask(name, user).catch(onFault));
    const [may] = await Promise.all([mayHave(user), ...others]);
    return may;
  };
  return { mayHave, mayOpen };
}

/**
 * Whether the session lives and is still its user's; extends nothing. "No" counts when it was said twice, at two URLs where
 * there are two: a fresh session may not have reached each server yet.
 */
const createPeek =
  (ask: Upstreams["ask"], authorization: () => string) =>
  (session: Session): Promise<boolean> =>
    ask(
      {
        path: `/preliminary/session/v1/get/${session.id}`,
        headers: { accept: "application/json", authorization: authorization() },
      },
      (answer) => judgePeek(answer, session),
      (alive) => !alive,
    );

/** Questions of one kind: in their turn, measured from when they go out. */
const askerOf =
  (upstreams: Upstreams, kind: QuestionKind, meter: Meter, inTurn: ReturnType<typeof createBoundedWork>) =>
  async <T>(...asked: Parameters<typeof upstreams.ask<T>>): Promise<T> => {
    try {
      return await inTurn(() => measured(meter.asked(kind), upstreams.ask(...asked)));
    } catch (fault) {
      throw fault instanceof TooBusyError ? new MiddlewareFault("busy", "too many questions are waiting") : fault;
    }
  };

async function measured<T>(end: ReturnType<Meter["asked"]>, asking: Promise<T>): Promise<T> {
  try {
    const answer = await asking;
    end(undefined);
    return answer;
  } catch (fault) {
    end(fault instanceof MiddlewareFault ? fault.problem : "other");
    throw fault;
  }
}

const basic = ({ login, password }: ReturnType<MiddlewareSourceDeps["credentials"]>): string =>
  `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;
