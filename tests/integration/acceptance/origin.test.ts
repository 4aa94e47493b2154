/** The `Origin` of an upgrade is checked before the session: same origin as the browser sees it, or an allow-list. */
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { logIn, type Login, userAgent } from "../../support/acceptance/http.ts";
import { getBytes, type RawAnswer, rawRequest, upgradeBytes } from "../../support/acceptance/raw-http.ts";
import { createWitness, type Witness } from "../../support/acceptance/witness.ts";
import { type Oxbow, restCredentials, startOxbow } from "../../support/oxbow-process.ts";

interface Try {
  readonly origin?: string;
  readonly host?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly lines?: readonly string[];
  readonly session?: string;
  readonly protocol?: number;
}

const target = (login: Login, attempt: Try, transport: string): string =>
  `/socket.io/appsuite/?session=${attempt.session ?? login.session}&EIO=${attempt.protocol ?? 4}&transport=${transport}`;

async function upgrade(oxbow: Oxbow, login: Login, attempt: Try): Promise<RawAnswer> {
  const bytes = upgradeBytes({
    target: target(login, attempt, "websocket"),
    host: attempt.host ?? `127.0.0.1:${oxbow.port}`,
    cookie: login.cookie,
    userAgent,
    headers: { Origin: attempt.origin, ...attempt.headers },
    lines: attempt.lines ?? [],
  });
  return rawRequest(oxbow.url, bytes, { untilAnswer: true });
}

describe("same origin, the default", () => {
  let oxbow: Oxbow;
  let anton: Login;
  let witness: Witness;
  beforeAll(async () => {
    oxbow = await startOxbow({
      properties: { ...restCredentials, "com.openexchange.oxbow.transports": "websocket,polling" },
    });
    anton = await logIn(oxbow.url);
    witness = await createWitness(oxbow.url);
  });
  afterAll(async () => {
    await witness.isUnharmed();
    await oxbow.stop();
  });

  describe.each([3, 4])("Engine.IO %i", (protocol) => {
    test.each([
      { name: "the host and port of the request", host: "app.example:8009", origin: "http://app.example:8009" },
      { name: "a web socket scheme for the same origin", host: "app.example:8009", origin: "ws://app.example:8009" },
      { name: "the default port left out on both sides", host: "app.example", origin: "http://app.example" },
      { name: "a host in other letters", host: "app.example:8009", origin: "http://APP.example:8009" },
      { name: "an IPv6 host", host: "[::1]:8009", origin: "http://[::1]:8009" },
    ])("lets in $name", async ({ host, origin }) => {
      expect((await upgrade(oxbow, anton, { host, origin, protocol })).status).toBe(101);
    });

    test.each([
      { name: "a foreign host", origin: "http://evil.example" },
      { name: "a foreign host with the same port", origin: "http://evil.example:8009" },
      { name: "the opaque origin", origin: "null" },
      { name: "another port", origin: "http://app.example:8010" },
      { name: "no port where the request has one", origin: "http://app.example" },
      { name: "the other scheme", origin: "https://app.example:8009" },
      { name: "the host as a mere beginning", origin: "http://app.example:8009.evil.example" },
      { name: "the host as a mere end", origin: "http://evil-app.example:8009" },
      { name: "the host as user information", origin: "http://app.example:8009@evil.example" },
      { name: "a subdomain", origin: "http://sub.app.example:8009" },
      { name: "something that is no origin", origin: "app.example:8009" },
      { name: "a scheme of a browser extension", origin: "chrome-extension://app.example:8009" },
    ])("refuses $name with 403 and an empty body", async ({ origin }) => {
      const answer = await upgrade(oxbow, anton, { host: "app.example:8009", origin, protocol });
      expect(answer).toMatchObject({ status: 403, body: "", answers: 1 });
    });

    test("refuses a foreign origin of a polling request", async () => {
      const headers = { Cookie: anton.cookie, "User-Agent": userAgent, Origin: "http://evil.example" };
      const answer = await rawRequest(oxbow.url, getBytes(target(anton, { protocol }, "polling"), headers));
      expect(answer.status).toBe(403);
      expect(answer.body).not.toContain("pingInterval");
    });

    test("refuses a foreign origin before it looks for the session", async () => {
      const origin = "http://evil.example";
      expect((await upgrade(oxbow, anton, { origin, protocol, session: "" })).status).toBe(403);
    });
  });

  test("refuses two origins, even if one is right", async () => {
    const lines = ["Origin: http://evil.example"];
    const answer = await upgrade(oxbow, anton, { host: "app.example", origin: "http://app.example", lines });
    expect([400, 403]).toContain(answer.status);
  });

  test("believes no forwarded header of an unknown proxy", async () => {
    const headers = { "X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example" };
    const attempts = ["https://app.example", "http://evil.example", "https://evil.example"];
    for (const origin of attempts)
      expect((await upgrade(oxbow, anton, { host: "app.example", origin, headers })).status).toBe(403);
  });

  test("lets in a request without an origin, as no browser sends one", async () => {
    expect((await upgrade(oxbow, anton, {})).status).toBe(101);
  });
});

describe("an allow-list", () => {
  let oxbow: Oxbow;
  let anton: Login;
  beforeAll(async () => {
    oxbow = await startOxbow({
      properties: {
        ...restCredentials,
        "com.openexchange.oxbow.allowedOrigins": "https://app.example, http://other.example:8080",
      },
    });
    anton = await logIn(oxbow.url);
  });
  afterAll(async () => oxbow.stop());

  test.each(["https://app.example", "http://other.example:8080"])("lets in %s, whatever the host", async (origin) => {
    expect((await upgrade(oxbow, anton, { origin, host: "inside:8009" })).status).toBe(101);
  });

  test.each(["http://other.example", "https://app.example.evil.example", "http://app.example:8443", "null"])(
    "refuses %s",
    async (origin) => {
      expect((await upgrade(oxbow, anton, { origin, host: "inside:8009" })).status).toBe(403);
    },
  );
});

describe("behind a known proxy that ends TLS", () => {
  let oxbow: Oxbow;
  let anton: Login;
  beforeAll(async () => {
    oxbow = await startOxbow({
      properties: {
        ...restCredentials,
        "com.openexchange.server.considerXForwards": "true",
        "com.openexchange.server.knownProxies": "127.0.0.1",
      },
    });
    anton = await logIn(oxbow.url);
  });
  afterAll(async () => oxbow.stop());

  test.each(["https", "wss"])(
    "the browser's https origin is the same origin when the proxy says %s",
    async (scheme) => {
      const headers = { "X-Forwarded-Proto": scheme };
      const attempt = { host: "app.example", origin: "https://app.example", headers };
      expect((await upgrade(oxbow, anton, attempt)).status).toBe(101);
      expect((await upgrade(oxbow, anton, { ...attempt, origin: "http://app.example" })).status).toBe(403);
      expect((await upgrade(oxbow, anton, { ...attempt, origin: "https://evil.example" })).status).toBe(403);
    },
  );
});
