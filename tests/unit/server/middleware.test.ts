/** What the settings of the middleware source leave to say at start. */
import { expect, test } from "@jest/globals";
import type { Setting } from "../../../cascade/index.ts";
import { whyAddressesMayBeWrong, whyNobodyToAsk } from "../../../server/middleware.ts";
import { allSettings } from "../../../server/settings/index.ts";

/** Settings with these texts; everything else has its default. */
function settingsWith(texts: Readonly<Record<string, string>>) {
  const unknown = Object.keys(texts).filter((name) => !allSettings.some((one) => one.name === name));
  if (unknown.length > 0) throw new Error(`no such setting: ${unknown.join()}`);
  return {
    read: <T>(setting: Setting<T>): T => {
      const text = texts[setting.name];
      const parsed = text === undefined ? undefined : setting.value.parse(text);
      return parsed?.ok === true ? parsed.value : setting.default;
    },
  };
}

const own = "com.openexchange.oxbow";
const rest = "com.openexchange.rest.services.basic-auth";
const behind = { [`${own}.sessionSource`]: "middleware", [`${own}.middlewareUrl`]: "http://mw:8009" };

test.each<[string, Record<string, string>, string | undefined]>([
  ["sessions of our own ask nobody", {}, undefined],
  ["a middleware without a URL", { [`${own}.sessionSource`]: "middleware" }, `${own}.middlewareUrl`],
  ["a middleware without credentials", behind, `${own}.middleware.login`],
  ["the credentials of our own routes will do", { ...behind, [`${rest}.login`]: "rest" }, undefined],
  ["and so will others", { ...behind, [`${own}.middleware.login`]: "mw" }, undefined],
])("%s", (_name, texts, names) => {
  const why = whyNobodyToAsk(settingsWith(texts));
  if (names === undefined) expect(why).toBeUndefined();
  else expect(why).toContain(names);
});

const server = "com.openexchange.server";
test.each<[string, Record<string, string>, string[] | undefined]>([
  ["no proxy is believed", {}, ["if the middleware checks addresses", `${server}.considerXForwards=true`]],
  ["proxies are believed, but none is known", { [`${server}.considerXForwards`]: "true" }, [`${server}.knownProxies`]],
  ["the check is known to be on", { "com.openexchange.ipcheck.mode": "strict" }, ["the IP check is on"]],
  [
    "the same, as the older name's `false` says nothing",
    { "com.openexchange.ipcheck.mode": "strict", "com.openexchange.IPCheck": "false" },
    ["the IP check is on"],
  ],
  ["the same by its older name", { "com.openexchange.IPCheck": "true" }, ["the IP check is on"]],
  [
    "proxies are known",
    { [`${server}.considerXForwards`]: "true", [`${server}.knownProxies`]: "10.0.0.0/8" },
    undefined,
  ],
])("the addresses that the middleware is told: %s", (_name, texts, says) => {
  const why = whyAddressesMayBeWrong(settingsWith(texts));
  if (says === undefined) expect(why).toBeUndefined();
  else for (const part of says) expect(why).toContain(part);
});
