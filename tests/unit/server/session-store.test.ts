import { expect, test } from "@jest/globals";
import { loadSettings } from "../../../cascade/index.ts";
import { createOwnSessionStore } from "../../../server/session-store.ts";
import { allSettings } from "../../../server/settings/index.ts";
import { onCleanUp } from "../../support/clean-up.ts";

const clustered = { "com.openexchange.hazelcast.enabled": "true" };
const key = { "com.openexchange.oxbow.sessionKey": "0123456789abcdef0123456789abcdef" };
const middleware = { "com.openexchange.oxbow.sessionSource": "middleware" };

test.each([
  { name: "without a cluster", set: {}, warnings: 0 },
  { name: "in a cluster without a key", set: clustered, warnings: 1 },
  { name: "in a cluster with one", set: { ...clustered, ...key }, warnings: 0 },
  { name: "in a cluster, sessions being the middleware's", set: { ...clustered, ...middleware }, warnings: 0 },
])("a store of its own $name warns $warnings times that sessions are not shared", async ({ set, warnings }) => {
  const assignments = Object.entries<string>(set).map(([name, text]) => ({ name, text }));
  const loaded = await loadSettings({ directories: [], assignments, known: allSettings });
  if (!loaded.ok) throw new Error("the settings were not loaded");
  const warned: string[] = [];
  const store = createOwnSessionStore({
    settings: loaded.settings,
    warn: (message) => void warned.push(message),
    onFault: (what, cause) => {
      throw new Error(what, { cause });
    },
    nowMs: () => 0,
  });
  store.start();
  onCleanUp(() => store.stop());
  expect(warned.filter((message) => message.startsWith("SESSIONS ARE NOT SHARED"))).toHaveLength(warnings);
});
