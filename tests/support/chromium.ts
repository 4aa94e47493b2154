/** Real headless Chromium with nothing of its own on the network, and a fresh profile for each browser. */
import { chromium, type Browser } from "playwright-core";

const executablePath = "/usr/bin/chromium";

const args = [
  "--no-sandbox", // tests run as root in containers, where the sandbox cannot be set up
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Starts a browser; its profile lies in a temporary directory that goes with it. The caller closes it, which closes
 * every context and page. When this process dies, the browser sees its pipe close and leaves, too.
 */
export const launchChromium = async (): Promise<Browser> => chromium.launch({ executablePath, args, timeout: 30_000 });
