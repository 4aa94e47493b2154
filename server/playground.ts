/** Joins the page at `/` with sessions and pushes. */
import type { Router } from "express";
import { demoLogins } from "../auth/index.ts";
import type { Settings } from "../cascade/index.ts";
import type { Accounts } from "./accounts.ts";
import { sessionOf } from "./http/session-middleware.ts";
import { createPlaygroundRoutes } from "./pages/playground.ts";
import { mailEvent } from "./push/mail.ts";
import type { Push } from "./push/push.ts";
import { transports } from "./settings/websockets.ts";

export interface PlaygroundParts {
  readonly settings: Settings;
  readonly accounts: Accounts;
  readonly accept: (push: Push) => void;
  readonly nowMs: () => number;
}

export function createPlayground({ settings, accounts, accept, nowMs }: PlaygroundParts): Router {
  let uid = 0;
  return createPlaygroundRoutes({
    requireSession: accounts.requireSession,
    sessionOf: (req) => sessionOf(req)?.session,
    sendTestMail: ({ contextId, userId }) => {
      const payload = {
        folder: "default0/INBOX",
        id: String(++uid),
        email: "postmaster@example.org",
        displayname: "The playground",
        subject: `Test mail ${uid}`,
        unread: uid,
        teaser: "Sent from the page, delivered the way a real mail goes.",
      };
      accept({ contextId, userId, event: mailEvent, payload, acceptedAtMs: nowMs() });
    },
    endSession: async (id) => {
      await accounts.sessions.remove(id, "removed");
    },
    transports: () => settings.read(transports),
    get demoUsers() {
      return accounts.directory.isDemo() ? demoLogins : undefined; // known only after the start
    },
  });
}
