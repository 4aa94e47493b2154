/** The main job through the page, in real Chromium against the real product: log in, connect, see a mail arrive. */
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { launchChromium } from "../support/chromium.ts";
import { startOxbow } from "../support/oxbow-process.ts";
import type { Oxbow } from "../support/oxbow-process.ts";
import { openPlayground } from "../support/playground.ts";
import type { Playground } from "../support/playground.ts";

let oxbow: Oxbow;
let browser: Browser;
const opened: Playground[] = [];

beforeAll(async () => {
  [oxbow, browser] = await Promise.all([startOxbow(), launchChromium()]);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await oxbow.stop();
});

afterEach(async () => {
  const problems = opened.flatMap((playground) => playground.problems);
  await Promise.all(opened.map(({ page }) => page.context().close()));
  opened.length = 0;
  expect(problems).toEqual([]);
});

async function open(options?: BrowserContextOptions): Promise<Playground> {
  const playground = await openPlayground(browser, oxbow.url, options);
  opened.push(playground);
  return playground;
}

/** Dovecot's request, with these fields changed. */
async function notify(changes: Readonly<Record<string, unknown>>): Promise<void> {
  const mail = { user: "3@1", event: "messageNew", folder: "INBOX", "imap-uidvalidity": 1_700_000_000, "imap-uid": 4 };
  const answer = await fetch(`${oxbow.url}/preliminary/http-notify/v1/notify`, {
    method: "PUT",
    headers: {
      Authorization: `Basic ${Buffer.from("rest:rest").toString("base64")}`,
      "Content-Type": "application/json; charset=utf-8",
    },
    body: JSON.stringify({ ...mail, ...changes }),
  });
  expect(answer.status).toBe(200);
}

test("a demo user logs in and is connected over a Web Socket of the App Suite's path", async () => {
  const { page, state, sockets, logIn, button } = await open();
  await expect(state.innerText()).resolves.toBe("Not connected");
  await logIn("anton");
  await page.getByRole("heading", { name: "anton is logged in (user 3, context 1)" }).waitFor();
  expect(await page.locator("#transport").innerText()).toBe("Web Socket");
  expect(sockets).toHaveLength(1);
  expect(sockets[0]).toMatch(
    /^ws:\/\/[^/]+\/socket\.io\/appsuite\/\?session=[0-9a-f]{32}&connection=\d{14,23}&EIO=4&transport=websocket$/,
  );
  expect(await button("Log in as anton").isVisible()).toBe(false);
});

test("the command that the page shows makes Dovecot's mail appear, decoded", async () => {
  const { page, logIn, events, fieldsOf } = await open();
  await logIn();
  const command = await page.locator("#command").innerText();
  const [, credentials = ""] = /-u (\S+)/.exec(command) ?? [];
  const [, method, url = ""] = /-X (\S+) \\\n\s+(\S+)/.exec(command) ?? [];
  const [, type = ""] = /-H 'Content-Type: ([^']+)'/.exec(command) ?? [];
  const [, body = ""] = /-d '([^']+)'/.exec(command) ?? [];
  const headers = { Authorization: `Basic ${Buffer.from(credentials).toString("base64")}`, "Content-Type": type };
  const answer = await fetch(url, { method: method ?? "", headers, body });
  expect(answer.status).toBe(200);
  await events.first().waitFor();
  expect(await fieldsOf(events.first())).toEqual({
    Subject: "Äpfel",
    From: "Jürgen Müller",
    Address: "jm@example.org",
    Teaser: "Hello from the terminal",
    Folder: "default0/INBOX",
    "Mail id": expect.stringMatching(/^\d+$/),
    Unread: "1",
  });
});

test("copying the command puts it on the clipboard, about a mail of its own", async () => {
  const { page, logIn, button } = await open({ permissions: ["clipboard-read", "clipboard-write"] });
  await logIn();
  await button("Copy the command").click();
  await page.getByText("Copied.").waitFor();
  const copied = await page.evaluate<string>("navigator.clipboard.readText()");
  expect(copied).toBe(await page.locator("#command").textContent());
  expect(copied).toContain("curl -u rest:rest -X PUT");
});

test("a test mail arrives, and the newest event stands first", async () => {
  const { page, logIn, button, events, fieldsOf } = await open();
  await logIn();
  await button("Send a test mail").click();
  await page.getByText("Test mail sent.").waitFor();
  await events.first().waitFor();
  expect(await fieldsOf(events.first())).toMatchObject({ Folder: "default0/INBOX" });
  await notify({ subject: "the second", "imap-uid": 5 });
  await events.filter({ hasText: "the second" }).waitFor();
  expect(await events.count()).toBe(2);
  expect(await fieldsOf(events.first())).toMatchObject({ Subject: "the second", "Mail id": "5" });
});

test("the raw event unfolds to what was on the wire", async () => {
  const { logIn, events } = await open();
  await logIn();
  await notify({ subject: "raw", "imap-uid": 6, unseen: 2 });
  await events.first().getByText("Raw event").click();
  const mail = { folder: "default0/INBOX", id: "6", subject: "raw", unread: 2 };
  const raw: unknown = JSON.parse(await events.first().locator("pre").innerText());
  expect(raw).toEqual(["ox:mail:new", mail]);
});

test("a user sees no mail of another user", async () => {
  const [anton, berta] = [await open(), await open()];
  await anton.logIn("anton");
  await berta.logIn("berta");
  await notify({ subject: "for anton", "imap-uid": 7 });
  await notify({ user: "4@1", subject: "for berta", "imap-uid": 8 });
  await anton.events.first().waitFor();
  await berta.events.first().waitFor();
  expect(await anton.events.allInnerTexts()).toEqual([expect.stringContaining("for anton")]);
  expect(await berta.events.allInnerTexts()).toEqual([expect.stringContaining("for berta")]);
});

test.each(["Make the session invalid", "Log out"])("“%s” brings session:invalid, and no way back", async (action) => {
  const { page, logIn, button, events, expectState, sockets } = await open();
  await page.clock.install();
  await logIn();
  await button(action).click();
  await expectState("Session ended");
  await page.getByText("The server said session:invalid and closed the connection.").waitFor();
  expect(await events.first().getByRole("heading").innerText()).toBe("session:invalid");
  expect(await page.locator("#transport").innerText()).toBe("none");
  await button("Log in").waitFor();
  expect(await button("Connect").isVisible()).toBe(false);
  await page.clock.fastForward("30:00"); // the App Suite's client would be back after one second
  expect(sockets).toHaveLength(1);
  await logIn("berta");
  expect(sockets).toHaveLength(2);
});

test("a disconnected page says so, gets nothing, and connects again with the same connection id", async () => {
  const { page, logIn, button, events, expectState, sockets } = await open();
  await logIn();
  await button("Disconnect").click();
  await expectState("Not connected");
  await button("Send a test mail").click();
  await page.getByText("Test mail sent, but nothing is connected here.").waitFor();
  await button("Connect").click();
  await expectState("Connected");
  await notify({ subject: "after", "imap-uid": 9 });
  await events.filter({ hasText: "after" }).waitFor();
  const connections = sockets.map((url) => new URL(url).searchParams.get("connection"));
  expect(new Set(connections).size).toBe(1);
  expect(connections).toHaveLength(2);
});

test("a wrong password is told, and may be typed again at once", async () => {
  const { page, button, state } = await open();
  await page.getByLabel("User name").fill("anton");
  await page.getByLabel("Password").fill("guess");
  await button("Log in").click();
  await page.getByRole("alert").filter({ hasText: /\S/ }).waitFor();
  expect(await page.locator(":focus").getAttribute("name")).toBe("password");
  expect(await state.innerText()).toBe("Not connected");
});

test("a mail full of markup is shown as text and runs nothing", async () => {
  const { page, logIn, events, fieldsOf } = await open();
  await logIn();
  const subject = `<script>document.title="owned"</script><img src=x onerror='document.title="owned"'>`;
  const snippet = `"><svg onload=alert(1)><a href="javascript:alert(1)">\u202Egnp.exe</a>`;
  await notify({ subject, snippet, from: "<b>Eve</b> <eve@example.org>", "imap-uid": 10 });
  await events.first().waitFor();
  expect(await fieldsOf(events.first())).toMatchObject({ Subject: subject, Teaser: snippet });
  expect(await events.first().locator("script, img, svg, a, b").count()).toBe(0);
  expect(await page.title()).toBe("oxbow playground");
  await events.first().getByText("Raw event").click();
  expect(await events.first().locator("pre").innerText()).toContain(String.raw`\u202egnp.exe`);
});

test("neither session id nor secret stands on the page or is open to its scripts", async () => {
  const { page, logIn, sockets } = await open();
  await logIn();
  const session = new URL(sockets[0] ?? "").searchParams.get("session") ?? "";
  const cookies = await page.context().cookies();
  const secret = cookies.find(({ name }) => name.startsWith("open-xchange-secret-"))?.value ?? "";
  expect([session, secret]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), expect.stringMatching(/^[0-9a-f]{32}$/)]);
  const content = await page.content();
  expect(content).not.toContain(session);
  expect(content).not.toContain(secret);
  expect(await page.evaluate<string>("document.cookie")).not.toContain(secret);
});
