/** The page for everybody: keyboard alone, screen readers, small screens, light and dark. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import axe from "axe-core";
import type { AxeResults, Result } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { startOxbow } from "../support/oxbow-process.ts";
import type { Oxbow } from "../support/oxbow-process.ts";
import { openPlayground } from "../support/playground.ts";
import type { Playground } from "../support/playground.ts";

let oxbow: Oxbow;
let browser: Browser;

beforeAll(async () => {
  const set = { "com.openexchange.oxbow.transports": "websocket,polling" }; // everything the page can show
  [oxbow, browser] = await Promise.all([startOxbow({ set }), launchChromium()]);
}, 60_000);

afterEach(async () => {
  await Promise.all(browser.contexts().map((context) => context.close()));
});

afterAll(async () => {
  await browser.close();
  await oxbow.stop();
});

/** Calls back in each look that the page has. */
async function inEachLook(playground: Playground, check: (look: string) => Promise<void>): Promise<void> {
  await check("logged out");
  await playground.logIn();
  await playground.button("Send a test mail").click();
  await playground.events.first().waitFor();
  await playground.events.first().getByText("Raw event").click();
  await playground.page.getByText("Test mail sent.").waitFor();
  await check("connected");
  await playground.button("Disconnect").click();
  await playground.expectState("Not connected");
  await check("not connected");
  await playground.button("Make the session invalid").click();
  await playground.expectState("Session ended");
  await check("session ended");
}

describe.each(["light", "dark"] as const)("in the %s scheme", (colorScheme) => {
  test("no look of the page breaks a rule of WCAG 2.2 AA that a program can check", async () => {
    // Without motion, so that no colour is measured on its way.
    const playground = await openPlayground(browser, oxbow.url, { colorScheme, reducedMotion: "reduce" });
    await playground.page.evaluate(axe.source);
    await inEachLook(playground, async (look) => {
      expect({ look, ...(await axeFindings(playground.page)) }).toEqual({ look, violations: [], undecided: [] });
    });
  });
});

interface Findings {
  readonly violations: readonly string[];
  readonly undecided: readonly string[];
}

/** The page's side is text: the tests are compiled without the browser's names. */
async function axeFindings(page: Page): Promise<Findings> {
  const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const results = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify({ runOnly: tags })})`);
  const named = ({ id, nodes }: Result): string => `${id}: ${nodes.map(({ html }) => html).join(" ")}`;
  return { violations: results.violations.map(named), undecided: results.incomplete.map(named) };
}

test.each([320, 375, 768, 1440])("at %d pixels nothing is wider than the screen", async (width) => {
  const playground = await openPlayground(browser, oxbow.url, { viewport: { width, height: 700 } });
  await inEachLook(playground, async () => {
    expect(await contentWidth(playground.page)).toBeLessThanOrEqual(width);
  });
});

test("text of twice the size still fits", async () => {
  const playground = await openPlayground(browser, oxbow.url, { viewport: { width: 640, height: 700 } });
  await playground.page.evaluate("document.documentElement.style.fontSize = '200%'");
  await inEachLook(playground, async () => {
    expect(await contentWidth(playground.page)).toBeLessThanOrEqual(640);
  });
});

test("the whole job is done by keyboard alone, and the focus is never lost", async () => {
  const { page, expectState, events, button } = await openPlayground(browser, oxbow.url);
  const { keyboard } = page;
  await button("Log in as anton").waitFor();
  await tabTo(page, "User name");
  await keyboard.type("anton");
  await tabTo(page, "Password");
  await keyboard.type("secret");
  await keyboard.press("Enter");
  await expectState("Connected");
  expect(await focused(page)).toBe("anton is logged in (user 3, context 1)");
  await tabTo(page, "Send a test mail");
  await keyboard.press("Space");
  await events.first().waitFor();
  await tabTo(page, "Raw event");
  await keyboard.press("Enter");
  await events.first().locator("pre").waitFor();
  await tabTo(page, "Clear", "Shift+Tab");
  await keyboard.press("Enter");
  expect(await focused(page)).toBe("Events");
  await tabTo(page, "Log out", "Shift+Tab");
  await keyboard.press("Enter");
  await expectState("Session ended");
  expect(await focused(page)).toBe("User name");
});

test("the focus is visible on every control", async () => {
  const { page, logIn } = await openPlayground(browser, oxbow.url);
  await logIn();
  for (const name of ["Send a test mail", "Log out", "Disconnect", "Copy the command"]) {
    await tabTo(page, name);
    const outline = await page.evaluate<string>("getComputedStyle(document.activeElement).outlineWidth");
    expect({ name, outline }).toEqual({ name, outline: "3px" });
  }
});

test("a session that ends elsewhere leaves a reader of the events where they are", async () => {
  const { page, logIn, button, events, expectState, sockets } = await openPlayground(browser, oxbow.url);
  await logIn();
  await button("Send a test mail").click();
  await events.first().getByText("Raw event").focus();
  const session = new URL(sockets[0] ?? "").searchParams.get("session") ?? "";
  await page.request.get(`${oxbow.url}/ajax/login?action=logout&session=${session}`);
  await expectState("Session ended");
  expect(await focused(page)).toBe("Raw event");
});

test("state and events are announced politely, in words", async () => {
  const { page, logIn, button } = await openPlayground(browser, oxbow.url);
  expect(await page.getByRole("status").filter({ hasText: "Not connected" }).count()).toBe(1);
  await logIn();
  expect(await page.getByRole("status").filter({ hasText: "Connected" }).count()).toBe(1);
  await button("Send a test mail").click();
  await page.locator('[aria-live="polite"]').filter({ hasText: "Event ox:mail:new. Subject: " }).waitFor();
  expect(await page.locator("html").getAttribute("lang")).toBe("en");
});

/** Presses Tab until the control of this name has the focus; fails when it comes round without it. */
async function tabTo(page: Page, name: string, key = "Tab"): Promise<void> {
  for (let presses = 0; presses < 40; presses++) {
    await page.keyboard.press(key);
    if ((await focused(page)) === name) return;
  }
  throw new Error(`no way to “${name}” by ${key}`);
}

/** Name of what has the focus: its label or text. */
async function focused(page: Page): Promise<string> {
  const element = "document.activeElement";
  return page.evaluate<string>(`(${element}.labels?.[0] ?? ${element}).textContent.trim()`);
}

const contentWidth = async (page: Page): Promise<number> =>
  page.evaluate<number>("document.documentElement.scrollWidth");
