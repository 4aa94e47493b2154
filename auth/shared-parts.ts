/** What the parts of the shared session store work on together. */
import type { Ledger } from "./session-ledger.ts";
import type { Reach } from "./session-reach.ts";
import type { SharedSessionLife } from "./shared-session-life.ts";
import type { SharedSessions } from "./shared-sessions.ts";

export interface SharedParts {
  readonly shared: SharedSessions;
  readonly reach: Reach;
  readonly life: SharedSessionLife;
  readonly ledger: Ledger;
}
