/** The package `open-xchange-websockets-grizzly` switched off, by each way there is: no endpoint, and a reason. */
import { describe, expect, test } from "@jest/globals";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { ask, asBrowser, logIn, userAgent } from "../../support/acceptance/http.ts";
import { getBytes, rawRequest, upgradeBytes } from "../../support/acceptance/raw-http.ts";
import {
  type Oxbow,
  type OxbowOptions,
  runOxbow,
  startOxbow,
  temporaryDirectory,
} from "../../support/oxbow-process.ts";

const websocketPackage = "open-xchange-websockets-grizzly";
const valuesFile = (status: string): string => {
  const file = path.join(temporaryDirectory(), "values.yaml");
  writeFileSync(file, `core-mw:\n  packages:\n    status:\n      ${websocketPackage}: ${status}\n`);
  return file;
};

interface Seen {
  readonly upgrade: number;
  readonly polling: number;
  readonly capabilities: string;
  readonly health: string;
}
async function look(options: OxbowOptions): Promise<Seen & { readonly oxbow: Oxbow }> {
  const oxbow = await startOxbow({ ...options, set: { "com.openexchange.oxbow.transports": "websocket,polling" } });
  const login = await logIn(oxbow.url);
  const target = (transport: string): string => `/socket.io/?session=${login.session}&EIO=4&transport=${transport}`;
  const upgrade = upgradeBytes({ target: target("websocket"), cookie: login.cookie, userAgent });
  const polling = getBytes(target("polling"), { Cookie: login.cookie, "User-Agent": userAgent });
  return {
    oxbow,
    upgrade: (await rawRequest(oxbow.url, upgrade, { untilAnswer: true })).status,
    polling: (await rawRequest(oxbow.url, polling)).status,
    capabilities: (await asBrowser(`${oxbow.url}/ajax/capabilities?action=all&session=${login.session}`, login)).text,
    health: (await ask(`${oxbow.internalUrl}/health`)).text,
  };
}

describe("disabled", () => {
  test.each<{ readonly by: string; readonly options: () => OxbowOptions; readonly reason: RegExp }>([
    {
      by: "core-mw.packages.status of --values",
      options: () => ({ args: ["--values", valuesFile("disabled")] }),
      reason: /packages\.status/,
    },
    {
      by: "OX_BLACKLISTED_PACKAGES",
      options: () => ({ env: { OX_BLACKLISTED_PACKAGES: `open-xchange-saml-core ${websocketPackage}` } }),
      reason: /OX_BLACKLISTED_PACKAGES/,
    },
    {
      by: "OX_WHITELISTED_PACKAGES without it",
      options: () => ({ env: { OX_WHITELISTED_PACKAGES: "open-xchange-grizzly open-xchange-rest" } }),
      reason: /OX_WHITELISTED_PACKAGES/,
    },
  ])(
    "by $by: 404 for upgrades and polling, no capability, and start and /health say why",
    async ({ options, reason }) => {
      const seen = await look(options());
      expect(seen).toMatchObject({ upgrade: 404, polling: 404 });
      expect(seen.capabilities).toContain('"webmail"');
      expect(seen.capabilities).not.toContain('"websocket"');
      expect(seen.health).toContain(websocketPackage);
      expect(seen.health).toMatch(reason);
      expect(seen.oxbow.output()).toMatch(reason);
    },
  );

  test("the rest of the service works on", async () => {
    const { oxbow } = await look({ args: ["--values", valuesFile("disabled")] });
    for (const probe of ["/live", "/started", "/metrics"])
      expect((await ask(`${oxbow.internalUrl}${probe}`)).status).toBe(200);
  });
});

describe("enabled", () => {
  test.each<{ readonly by: string; readonly options: () => OxbowOptions }>([
    { by: "an explicit status", options: () => ({ args: ["--values", valuesFile("enabled")] }) },
    {
      by: "other packages in the black list",
      options: () => ({ env: { OX_BLACKLISTED_PACKAGES: "open-xchange-sso" } }),
    },
    {
      by: "a white list, which makes the black list void",
      options: () => ({
        env: { OX_WHITELISTED_PACKAGES: `a ${websocketPackage}`, OX_BLACKLISTED_PACKAGES: websocketPackage },
      }),
    },
    { by: "empty lists", options: () => ({ env: { OX_WHITELISTED_PACKAGES: "", OX_BLACKLISTED_PACKAGES: " " } }) },
  ])("by $by", async ({ options }) => {
    const seen = await look(options());
    expect(seen).toMatchObject({ upgrade: 101, polling: 200 });
    expect(seen.capabilities).toContain('"websocket"');
  });
});

test.each(["maybe", "true", "Enabled", "1"])(
  "the status %s stops the start, naming package, value and file",
  async (status) => {
    const file = valuesFile(status);
    const exit = await runOxbow({ args: ["--values", file] });
    expect(exit.code).toBe(1);
    for (const part of [websocketPackage, status, path.basename(file), "enabled", "disabled"])
      expect(exit.output).toContain(part);
  },
);

test.each([
  { name: "that is not there", content: undefined },
  { name: "that is no YAML", content: "core-mw: [\n" },
])("a values file $name stops the start and is named", async ({ content }) => {
  const file = path.join(temporaryDirectory(), "my-values.yaml");
  if (content !== undefined) writeFileSync(file, content);
  const exit = await runOxbow({ args: ["--values", file] });
  expect(exit.code).toBe(1);
  expect(exit.output).toContain("my-values.yaml");
});
