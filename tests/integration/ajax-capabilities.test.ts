import { describe, expect, test } from "@jest/globals";
import { openAjaxApp, type AjaxAppOptions } from "../support/ajax-app.ts";
import { createBrowserClient, type Answer } from "../support/browser-client.ts";

const ask = async (query: string, login = "anton", options: Partial<AjaxAppOptions> = {}): Promise<Answer> => {
  const { url } = await openAjaxApp(options);
  const browser = createBrowserClient(url);
  const session = await browser.login(login);
  return browser.ask(`/ajax/capabilities?${query}session=${session}`);
};
const capability = (id: string): object => ({ id, attributes: {} });

describe("capabilities", () => {
  test.each([
    {
      name: "a user's, with web sockets",
      login: "anton",
      packageEnabled: true,
      all: ["websocket", "webmail", "calendar"],
    },
    { name: "those listed in the directory", login: "berta", packageEnabled: true, all: ["websocket", "webmail"] },
    {
      name: "without web sockets where those are off",
      login: "anton",
      packageEnabled: false,
      all: ["webmail", "calendar"],
    },
    { name: "a guest's, never with web sockets", login: "gast", packageEnabled: true, all: ["webmail", "calendar"] },
  ])("are $name", async ({ login, packageEnabled, all }) => {
    const { status, headers, json } = await ask("action=all&", login, { packageEnabled });
    expect([status, headers.get("content-type")]).toEqual([200, "text/javascript; charset=UTF-8"]);
    expect(json()).toEqual({ data: all.map(capability) });
  });

  test.each([
    { id: "websocket", packageEnabled: true, data: capability("websocket") },
    { id: "websocket", packageEnabled: false, data: {} },
    { id: "webmail", packageEnabled: true, data: capability("webmail") },
    { id: "teleport", packageEnabled: true, data: {} },
    { id: "__proto__", packageEnabled: true, data: {} },
  ])("are asked for one by one: $id, package enabled: $packageEnabled", async ({ id, packageEnabled, data }) => {
    const { json } = await ask(`action=get&id=${id}&`, "anton", { packageEnabled });
    expect(json()).toEqual({ data });
  });

  test.each([
    { name: "no action", query: "", code: "SVL-0002" },
    { name: "an unknown action", query: "action=some&", code: "SVL-0001" },
    { name: "no id for one", query: "action=get&", code: "SVL-0002" },
  ])("are refused for $name with $code", async ({ query, code }) => {
    expect((await ask(query)).json()).toMatchObject({ code });
  });

  test("are nobody's without a session", async () => {
    const { url, refusals } = await openAjaxApp();
    expect((await createBrowserClient(url).ask("/ajax/capabilities?action=all")).status).toBe(400);
    expect(refusals).toEqual(["session-missing"]);
  });
});
