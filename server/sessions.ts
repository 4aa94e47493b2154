/** Picks who says what a valid session is: the embedded users and sessions, or the middleware. */
import type { SessionSource, UserValues } from "../auth/index.ts";
import { createAccounts } from "./accounts.ts";
import type { Accounts, AccountsDeps } from "./accounts.ts";
import { createMiddleware } from "./middleware.ts";
import type { MiddlewareDeps } from "./middleware.ts";
import type { NodeState } from "./ops/internal-app.ts";
import { sessionSource } from "./settings/middleware.ts";

export interface Sessions {
  readonly source: SessionSource;
  /** Users and sessions of our own, with the routes on them. Undefined: they are the middleware's. */
  readonly accounts: Accounts | undefined;
  /** Values of users in the middleware's cascade. Undefined: the embedded users have theirs. */
  readonly middlewareValues: UserValues | undefined;
  /** For `/health`; undefined: nothing outside this process is asked. */
  readonly state: () => NodeState["sessionSource"];
  /** @throws what stops a start: a file that cannot be read or understood */
  start(): Promise<void>;
  stop(): Promise<void>;
}

export function createSessions(deps: AccountsDeps & MiddlewareDeps): Sessions {
  if (deps.settings.read(sessionSource) === "middleware") {
    const { values, ...middleware } = createMiddleware(deps);
    return { accounts: undefined, middlewareValues: values, ...middleware };
  }
  const accounts = createAccounts(deps);
  return {
    source: accounts.source,
    accounts,
    middlewareValues: undefined,
    state: () => undefined,
    start: () => accounts.start(),
    stop: () => {
      accounts.stop();
      return Promise.resolve();
    },
  };
}
