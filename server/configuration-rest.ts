/** The configuration REST, joined with whoever knows users: the embedded directory, or the middleware. */
import type { RequestHandler, Router } from "express";
import type { LoadedSettings } from "../cascade/index.ts";
import { createConfigurationRestRoutes } from "./http/configuration-rest.ts";
import type { ConfigurationRestDeps } from "./http/configuration-rest.ts";
import type { Sessions } from "./sessions.ts";
import { allSettings } from "./settings/index.ts";

export interface ConfigurationRestParts {
  readonly settings: LoadedSettings;
  readonly requireBasicAuth: RequestHandler;
  readonly sessions: Pick<Sessions, "accounts" | "middlewareValues">;
}

/** Behind the middleware nobody here knows who exists: for whomever it does not know, the settings here answer. */
export function createConfigurationRest({ settings, requireBasicAuth, sessions }: ConfigurationRestParts): Router {
  const { accounts, middlewareValues: middleware } = sessions;
  const exists: ConfigurationRestDeps["exists"] = async ({ contextId, userId }) => {
    if (accounts === undefined) return true;
    if (userId > 0) return (await accounts.directory.user(contextId, userId)) !== undefined;
    return (await accounts.directory.context(contextId)) !== undefined;
  };
  return createConfigurationRestRoutes({ requireBasicAuth, settings, declared: allSettings, exists, middleware });
}
