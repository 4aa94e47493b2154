/** The page where polling is allowed, and through a restart: a product of its own for each. */
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { startOxbow } from "../support/oxbow-process.ts";
import { openPlayground } from "../support/playground.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await launchChromium();
}, 60_000);

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});

afterAll(async () => {
  await browser.close();
});

test("where only Web Sockets are allowed the page offers no choice", async () => {
  const oxbow = await startOxbow();
  const { page, logIn } = await openPlayground(browser, oxbow.url);
  await logIn();
  expect(await page.getByRole("radio").count()).toBe(0);
  await oxbow.stop();
});

test("where polling is allowed the page connects by it, gets mail, and goes back to a Web Socket", async () => {
  const set = { "com.openexchange.oxbow.transports": "websocket,polling" };
  const oxbow = await startOxbow({ set });
  const { page, logIn, sockets, button, events, expectState, problems } = await openPlayground(browser, oxbow.url);
  await page.getByRole("radio", { name: "Long polling" }).check();
  await logIn();
  expect(await page.locator("#transport").innerText()).toBe("Long polling");
  expect(sockets).toEqual([]);
  await button("Send a test mail").click();
  await events.first().waitFor();
  await page.getByRole("radio", { name: /^Web Socket/ }).check();
  await expectState("Connected");
  await page.locator("#transport").filter({ hasText: "Web Socket" }).waitFor();
  await button("Log out").click();
  await expectState("Session ended");
  expect(await events.first().getByRole("heading").innerText()).toBe("session:invalid");
  expect(problems).toEqual([]);
  await oxbow.stop();
});

test("polling hears session:invalid as well", async () => {
  const set = { "com.openexchange.oxbow.transports": "websocket,polling" };
  const oxbow = await startOxbow({ set });
  const { page, logIn, button, events, expectState } = await openPlayground(browser, oxbow.url);
  await page.getByRole("radio", { name: "Long polling" }).check();
  await logIn();
  await button("Make the session invalid").click();
  await expectState("Session ended");
  expect(await events.first().getByRole("heading").innerText()).toBe("session:invalid");
  await oxbow.stop();
});

test("after a restart that forgot the sessions the page asks for a login and stops trying", async () => {
  const first = await startOxbow();
  const { page, logIn, expectState, sockets, events } = await openPlayground(browser, first.url);
  await logIn();
  await first.stop();
  await expectState("Reconnecting");
  expect(await events.count()).toBe(0); // a restart says nothing about the session
  const set = { "com.openexchange.connector.networkListenerPort": String(first.port) };
  const second = await startOxbow({ set });
  await expectState("Session ended");
  await page.getByText("The server does not know this session any more.").waitFor();
  const tried = sockets.length;
  await logIn();
  expect(sockets).toHaveLength(tried + 1);
  await second.stop();
}, 60_000);
