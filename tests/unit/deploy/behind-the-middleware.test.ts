/** `docs/behind-the-middleware.md` and its nginx configuration say what the programs do. */
import { describe, expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ask } from "../../support/acceptance/http.ts";
import { owned } from "../../support/clean-up.ts";
import { project, textOf } from "../../support/deployment.ts";
import { settingsBehind, startStandInByHand } from "../../support/local-middleware.ts";

const page = textOf("docs/behind-the-middleware.md");
const nginx = textOf("deploy/nginx/behind-the-middleware.conf");

test("the page starts oxbow with the settings that npm run middleware uses", () => {
  const set = [...page.matchAll(/--set (\S+?)=(\S+)/g)].map(([, name, value]) => [name, value]);
  expect(Object.fromEntries(set)).toEqual(settingsBehind("http://127.0.0.1:8010"));
});

test("files and commands that the page names are there", () => {
  const { scripts } = JSON.parse(textOf("package.json")) as { scripts: Readonly<Record<string, string>> };
  for (const [, name = ""] of page.matchAll(/npm (?:run )?(middleware|start)\b/g)) expect(scripts).toHaveProperty(name);
  const files = [...page.matchAll(/\]\((?!http)([^)#]+)\)/g)].map(([, path = ""]) => join("docs", path));
  const named = [...page.matchAll(/`(tests\/[\w./-]+)`/g)].map(([, path = ""]) => path);
  expect(files.length + named.length).toBeGreaterThan(3);
  for (const path of [...files, ...named]) expect([path, existsSync(join(project, path))]).toEqual([path, true]);
});

describe("each switch of the page's table", () => {
  const rows = [...page.matchAll(/^\| `(\w+)` +\| (.+) \|$/gm)].map(([, name = "", examples = ""]) => ({
    name,
    bodies: [...examples.matchAll(/`(\{.*?\})`/g)].map(([, body = ""]) => body),
  }));

  test.each(rows)("$name takes its examples", async ({ name, bodies }) => {
    const { url } = owned(await startStandInByHand());
    expect(bodies).not.toEqual([]);
    for (const body of bodies) {
      const headers = { "Content-Type": "application/json" };
      const { status, text } = await ask(`${url}/control/${name}`, { method: "POST", headers, body });
      expect([body, status, text]).toEqual([body, 200, '{"done":true}']);
    }
  });

  test("is there", () => {
    expect(rows.map(({ name }) => name)).toEqual([
      "switches",
      "disturb",
      "calm",
      "remove",
      "users",
      "contexts",
      "properties",
    ]);
  });
});

test("nginx listens and asks at the addresses of the page, and hands on what both programs need", () => {
  expect([...nginx.matchAll(/^\s*server (\S+);/gm)].map(([, address]) => address)).toEqual([
    "127.0.0.1:8010",
    "127.0.0.1:8009",
  ]);
  expect(nginx).toContain("listen 8080;");
  for (const header of ["Host $http_host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme"])
    expect(nginx).toContain(`proxy_set_header ${header};`);
  expect(Number(/proxy_read_timeout (\d+)s;/.exec(nginx)?.[1])).toBeGreaterThanOrEqual(60);
  expect(/log_format \w+ '(.*)';/.exec(nginx)?.[1]).not.toMatch(/\$(request|request_uri|args|query_string)\b/);
});
