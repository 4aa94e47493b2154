/**
 * The playground in a real browser: opens the page, finds what a user would find (by role and name), and collects
 * whatever must never happen on it: errors, violations of its policy, requests to another host.
 */
import type { Browser, BrowserContextOptions, Locator, Page } from "playwright-core";

export interface Playground {
  readonly page: Page;
  readonly state: Locator;
  readonly events: Locator;
  readonly button: (name: string) => Locator;
  /** Text of each field of an event by its label. */
  readonly fieldsOf: (event: Locator) => Promise<Readonly<Record<string, string>>>;
  /** Logs in as a demo user, by default `anton`, and waits for the connection. */
  readonly logIn: (name?: string) => Promise<void>;
  /** Waits until the connection's state begins with this text. */
  readonly expectState: (text: string) => Promise<void>;
  /** Console errors and warnings, uncaught errors, policy violations, failed or foreign requests so far. */
  readonly problems: readonly string[];
  /** URLs of all Web Sockets so far. */
  readonly sockets: readonly string[];
}

/** Opens the page in a context of its own, with its own cookies. */
export async function openPlayground(
  browser: Browser,
  url: string,
  options?: BrowserContextOptions,
): Promise<Playground> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.setDefaultTimeout(5_000);
  const watched = watch(page, new URL(url).host);
  await page.goto(url);
  const state = page.locator("#state");
  const button = (name: string): Locator => page.getByRole("button", { name, exact: true });
  const expectState = (text: string): Promise<void> => state.filter({ hasText: new RegExp(`^${text}`) }).waitFor();
  return {
    page,
    state,
    button,
    expectState,
    ...watched,
    events: page.getByRole("region", { name: "Events" }).getByRole("article"),
    fieldsOf: async (event) => {
      const labels = await event.locator("dt").allInnerTexts();
      const texts = await event.locator("dd").allInnerTexts();
      return Object.fromEntries(labels.map((label, index) => [label, texts[index] ?? ""]));
    },
    logIn: async (name = "anton") => {
      await button(`Log in as ${name}`).click();
      await expectState("Connected");
    },
  };
}

function watch(page: Page, host: string): { problems: readonly string[]; sockets: readonly string[] } {
  const problems: string[] = [];
  const sockets: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) problems.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => problems.push(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    if (new URL(request.url()).host !== host) problems.push(`request to another host: ${request.url()}`);
  });
  page.on("websocket", (socket) => {
    sockets.push(socket.url());
    if (new URL(socket.url()).host !== host) problems.push(`socket to another host: ${socket.url()}`);
  });
  return { problems, sockets };
}
