/** What everybody knows must not be reachable from elsewhere; and two servers cannot share a port. */
import { describe, expect, test } from "@jest/globals";
import { ask, logIn } from "../../support/acceptance/http.ts";
import { restCredentials, runOxbow, startOxbow } from "../../support/oxbow-process.ts";

const host = "com.openexchange.connector.networkListenerHost";
const demoBeyondLoopback = "com.openexchange.oxbow.demoBeyondLoopback";
const ownCredentials = {
  "com.openexchange.rest.services.basic-auth.login": "producer",
  "com.openexchange.rest.services.basic-auth.password": "8dk2-xw91-qq7z",
};

describe("with the demo users the start is refused", () => {
  test.each(["0.0.0.0", "*", "::"])("on %s, in plain words that name the way out", async (address) => {
    const exit = await runOxbow({ properties: ownCredentials, set: { [host]: address } });
    expect(exit.code).toBe(1);
    expect(exit.output).toMatch(/demo/i);
    expect(exit.output).toContain(demoBeyondLoopback);
    expect(exit.output).toContain("com.openexchange.oxbow.directory");
    expect(exit.output).not.toContain('"event":"listening"');
  });

  test("also when the own name for the address is used", async () => {
    const exit = await runOxbow({ properties: ownCredentials, set: { "com.openexchange.oxbow.host": "0.0.0.0" } });
    expect(exit.code).toBe(1);
    expect(exit.output).toContain(demoBeyondLoopback);
  });
});

test.each(["127.0.0.1", "localhost", "127.0.0.2"])(
  "on %s, an address of the loopback, the demo starts",
  async (address) => {
    expect((await startOxbow({ set: { [host]: address } })).port).toBeGreaterThan(0);
  },
);

test("our own name for the address beats the middleware's", async () => {
  const started = await startOxbow({ set: { [host]: "0.0.0.0", "com.openexchange.oxbow.host": "127.0.0.1" } });
  expect(new URL(started.url).hostname).toBe("127.0.0.1");
});

test("told so in plain words, the demo listens everywhere, and serves", async () => {
  const started = await startOxbow({
    properties: restCredentials,
    set: { [host]: "0.0.0.0", [demoBeyondLoopback]: "true" },
  });
  const login = await logIn(`http://127.0.0.1:${started.port}`);
  expect(login.answer.status).toBe(200);
  expect(started.output()).toMatch(/demo/i);
});

describe("a port that is taken", () => {
  test("stops the second start, which says so, and the first serves on", async () => {
    const started = await startOxbow();
    const port = String(started.port);
    const exit = await runOxbow({ set: { "com.openexchange.connector.networkListenerPort": port } });
    expect(exit.code).toBe(1);
    expect(exit.output).toContain(port);
    expect(exit.output).toMatch(/taken|in use|already/i);
    expect(exit.output).toContain("com.openexchange.connector.networkListenerPort");
    expect(exit.output).not.toMatch(/\n\s+at \S+ \(/);
    expect((await logIn(started.url)).answer.status).toBe(200);
  });

  test("of the internal listener, too", async () => {
    const started = await startOxbow();
    const { port } = new URL(started.internalUrl);
    const exit = await runOxbow({ set: { "com.openexchange.oxbow.internalPort": port } });
    expect(exit.code).toBe(1);
    expect(exit.output).toContain(port);
    expect(exit.output).toMatch(/taken|in use|already/i);
    expect((await ask(`${started.internalUrl}/live`)).status).toBe(200);
  });
});
