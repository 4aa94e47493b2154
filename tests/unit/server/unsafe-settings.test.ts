import { expect, test } from "@jest/globals";
import { loadSettings } from "../../../cascade/index.ts";
import { allSettings } from "../../../server/settings/index.ts";
import { refuseUnsafe, whyUnsafe } from "../../../server/unsafe-settings.ts";

const countryCodes = { "com.openexchange.ipcheck.mode": "countrycode" };
const everywhere = { "com.openexchange.connector.networkListenerHost": "*" };
const middleware = {
  "com.openexchange.oxbow.sessionSource": "middleware",
  "com.openexchange.oxbow.middlewareUrl": "http://core-mw:8009",
  "com.openexchange.oxbow.middleware.login": "oxbow",
};
const rest = {
  "com.openexchange.rest.services.basic-auth.login": "rest",
  "com.openexchange.rest.services.basic-auth.password": "rest",
};

test.each([
  { name: "nothing set", set: {}, why: undefined },
  { name: "an IP check by country", set: countryCodes, why: /ipcheck\.mode=countrycode is not available/ },
  { name: "the same where the middleware checks", set: { ...countryCodes, ...middleware }, why: undefined },
  { name: "the demo users beyond loopback", set: everywhere, why: /demo users/ },
  { name: "the demo's credentials beyond loopback", set: { ...everywhere, ...middleware, ...rest }, why: /rest\/rest/ },
  {
    name: "the same where somebody said so",
    set: { ...everywhere, ...rest, "com.openexchange.oxbow.demoBeyondLoopback": "true" },
    why: undefined,
  },
])("$name is refused for: $why", async ({ set, why }) => {
  const assignments = Object.entries<string>(set).map(([name, text]) => ({ name, text }));
  const loaded = await loadSettings({ directories: [], assignments, known: allSettings });
  if (!loaded.ok) throw new Error("the settings were not loaded");
  const { settings } = loaded;
  expect(whyUnsafe(settings) ?? "").toMatch(why ?? /^$/);
  if (why === undefined) refuseUnsafe(settings);
  else expect(() => refuseUnsafe(settings)).toThrow(expect.objectContaining({ code: "OXB-0103" }));
});
