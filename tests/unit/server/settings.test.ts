import { describe, expect, test } from "@jest/globals";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { loadSettings, settingsDocument } from "../../../cascade/index.ts";
import { allSettings } from "../../../server/settings/index.ts";
import { basicAuthLogin, basicAuthPassword } from "../../../server/settings/push.ts";

const project = join(import.meta.dirname, "..", "..", "..");

test("docs/settings.md is what `npm run docs` writes", async () => {
  expect(await readFile(join(project, "docs", "settings.md"), "utf8")).toBe(settingsDocument(allSettings));
});

test("each name is declared once", () => {
  const names = allSettings.map(({ name }) => name);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
});

test.each(allSettings.map((declared) => [declared.name, declared] as const))(
  "the default of %s is a value that its type allows",
  (_name, declared) => {
    const items: readonly unknown[] = Array.isArray(declared.default) ? declared.default : [declared.default ?? ""];
    const written = items.map(String).join(",");
    expect(declared.value.parse(written)).toEqual({ ok: true, value: declared.default });
  },
);

describe("the bundled configuration", () => {
  test("loads without a remark and sets the demo's REST credentials", async () => {
    const outcome = await loadSettings({ directories: [join(project, "etc")], assignments: [], known: allSettings });
    expect(outcome).toMatchObject({ ok: true, warnings: [] });
    if (!outcome.ok) return;
    expect(outcome.settings.read(basicAuthLogin)).toBe("rest");
    expect(outcome.settings.read(basicAuthPassword)).toBe("rest");
  });
});

/** The names, defaults and kinds that operators rely on: the outer interface, written down a second time on purpose. */
test.each([
  ["com.openexchange.connector.networkListenerHost", "127.0.0.1", false, false],
  ["com.openexchange.connector.networkListenerPort", 8009, false, false],
  ["com.openexchange.oxbow.host", undefined, false, false],
  ["com.openexchange.oxbow.port", undefined, false, false],
  ["com.openexchange.oxbow.internalHost", "127.0.0.1", false, false],
  ["com.openexchange.oxbow.internalPort", 8016, false, false],
  ["com.openexchange.oxbow.adminToken", undefined, false, true],
  ["com.openexchange.oxbow.directory", undefined, false, true],
  ["com.openexchange.oxbow.demoBeyondLoopback", false, false, false],
  ["com.openexchange.oxbow.sessionSource", "embedded", false, false],
  ["com.openexchange.oxbow.middlewareUrl", [], false, false],
  ["com.openexchange.oxbow.peekPeriod", 60_000, false, true],
  ["com.openexchange.websockets.enabled", true, true, true],
  ["com.openexchange.oxbow.allowedOrigins", [], false, true],
  ["com.openexchange.oxbow.transports", ["websocket"], false, false],
  ["com.openexchange.oxbow.maxSocketsPerUser", 8, true, true],
  ["com.openexchange.server.considerXForwards", false, false, true],
  ["com.openexchange.server.knownProxies", [], false, true],
  ["com.openexchange.server.forHeader", "X-Forwarded-For", false, true],
  ["com.openexchange.server.protocolHeader", "X-Forwarded-Proto", false, true],
  ["com.openexchange.cookie.hash", "calculate", false, false],
  ["com.openexchange.cookie.hash.salt", "replaceMe1234567890", false, false],
  ["com.openexchange.cookie.hash.fields", [], false, false],
  ["com.openexchange.rest.services.basic-auth.login", "", false, true],
  ["com.openexchange.rest.services.basic-auth.password", "", false, true],
])("%s: default %p, cascade %p, reload %p", (name, byDefault, cascade, reload) => {
  const declared = allSettings.find((candidate) => candidate.name === name);
  expect(declared).toMatchObject({ cascade, reload });
  expect(declared?.default).toEqual(byDefault);
});
