/** What the parts of the shared session store work on together. */
import type { LedgerParts, Ledger } from "./session-ledger.ts";

export interface SharedParts extends LedgerParts {
  readonly ledger: Ledger;
}
