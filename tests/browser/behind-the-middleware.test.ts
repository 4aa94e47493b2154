/** oxbow behind the stand-in middleware in real Chromium: one origin, one login, and everything that was printed to try. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { ask, mailNotice, notify } from "../support/acceptance/http.ts";
import { launchChromium } from "../support/chromium.ts";
import { type LocalMiddleware, startLocalMiddleware, whatToTry } from "../support/local-middleware.ts";

let local: LocalMiddleware;
let browser: Browser;
beforeAll(async () => {
  [local, browser] = await Promise.all([startLocalMiddleware(), launchChromium()]);
}, 90_000);
afterAll(async () => {
  await browser.close();
  await local.stop();
}, 30_000);

interface Opened {
  readonly page: Page;
  /** Hosts of all requests and Web Sockets so far. */
  readonly hosts: ReadonlySet<string>;
  readonly errors: readonly string[];
  readonly expectState: (text: string) => Promise<void>;
}

/** A browser of its own, at the one origin. */
async function open(): Promise<Opened> {
  const page = await (await browser.newContext()).newPage();
  page.setDefaultTimeout(15_000);
  const hosts = new Set<string>();
  const errors: string[] = [];
  page.on("request", (request) => hosts.add(new URL(request.url()).host));
  page.on("websocket", (socket) => hosts.add(new URL(socket.url()).host));
  page.on("pageerror", ({ message }) => errors.push(message));
  await page.goto(local.proxy.url);
  const expectState = (text: string): Promise<void> =>
    page
      .locator("#state")
      .filter({ hasText: new RegExp(`^${text}`) })
      .waitFor();
  return { page, hosts, errors, expectState };
}

const logIn = async ({ page }: Opened): Promise<void> => page.getByRole("button", { name: "Log in" }).click();

test("a login at the middleware opens a socket at oxbow, and a mail arrives", async () => {
  const opened = await open();
  await logIn(opened);
  await opened.expectState("connected");
  expect((await notify(local.oxbow.url, mailNotice({ subject: "Hello" }))).status).toBe(200);
  await opened.page.getByRole("listitem").filter({ hasText: "ox:mail:new" }).waitFor();
  await opened.page.getByRole("button", { name: "Log out" }).click();
  await opened.expectState("the session has ended");
  expect([...opened.hosts]).toEqual([new URL(local.proxy.url).host]);
  expect(opened.errors).toEqual([]);
});

test("a session removed without notice ends on the page, while another login stays", async () => {
  const [ending, staying] = [await open(), await open()];
  await staying.page.getByLabel("Name").fill("berta");
  for (const opened of [ending, staying]) {
    await logIn(opened);
    await opened.expectState("connected");
  }
  await control("remove", { user: "anton" });
  await ending.expectState("the session has ended");
  await staying.expectState("connected");
});

test("a frozen middleware holds a new socket and closes no open one", async () => {
  const [first, second] = [await open(), await open()];
  await logIn(first);
  await first.expectState("connected");
  await control("disturb", { place: "whoami", disturbance: { kind: "freeze" } });
  await logIn(second);
  await second.expectState("connecting");
  await control("calm", {});
  for (const opened of [first, second]) await opened.expectState("connected");
});

async function control(what: string, body: object): Promise<void> {
  // Printed as a command, so that it is tried as it stands.
  expect(whatToTry(local)).toContain(`/control/${what}`);
  const headers = { "Content-Type": "application/json" };
  const answer = await ask(`${local.middleware.url}/control/${what}`, {
    method: "POST",
    headers,
    body: JSON.stringify(body),
  });
  expect([answer.status, answer.json]).toEqual([200, { done: true }]);
}

test("neither producers' routes nor test switches are reached through the browsers' door", async () => {
  for (const path of ["/control/state", "/preliminary/session/v1/get/0", "/preliminary/oxbow/v1/push"])
    expect([path, (await ask(`${local.proxy.url}${path}`)).status]).toEqual([path, 404]);
});
