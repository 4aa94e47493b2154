/** The one table of settings: documentation, checks and unknown-name warnings come from it. */
import type { Setting } from "../../cascade/index.ts";
import * as admission from "./admission.ts";
import * as cascade from "./cascade.ts";
import * as cluster from "./cluster.ts";
import * as handshakes from "./handshakes.ts";
import * as ipCheck from "./ip-check.ts";
import * as limits from "./limits.ts";
import * as login from "./login.ts";
import * as middleware from "./middleware.ts";
import * as network from "./network.ts";
import * as operations from "./operations.ts";
import * as push from "./push.ts";
import * as requests from "./requests.ts";
import * as sessions from "./sessions.ts";
import * as sharedSessions from "./shared-sessions.ts";
import * as websockets from "./websockets.ts";

/** Whole modules, so that a setting declared there cannot be forgotten here: they export settings and nothing else. */
const subjects: readonly Readonly<Record<string, Setting<unknown>>>[] = [
  network,
  limits,
  admission,
  handshakes,
  requests,
  sessions,
  sharedSessions,
  ipCheck,
  login,
  middleware,
  websockets,
  push,
  operations,
  cluster,
  cascade,
];

/** Every setting of the server, each name once. */
export const allSettings: readonly Setting<unknown>[] = subjects.flatMap((subject) => Object.values(subject));
