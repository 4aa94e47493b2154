/** `/socket.io/` and `/socket.io/appsuite/` and no others, whatever the disguise, as upgrades and as plain requests. */
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { ask, logIn, type Login, userAgent } from "../../support/acceptance/http.ts";
import { getBytes, rawRequest, upgradeBytes } from "../../support/acceptance/raw-http.ts";
import { createWitness, type Witness } from "../../support/acceptance/witness.ts";
import { type Oxbow, restCredentials, startOxbow } from "../../support/oxbow-process.ts";

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
afterEach(async () => witness.isUnharmed());

const strangePaths = [
  "/socket.iox",
  "/socket.iox/",
  "/socket.io/else",
  "/socket.io/else/",
  "/socket.io/appsuite/else",
  "/socket.io/appsuite/else/",
  "/socket.io/appsuitex/",
  "/socket.io/socket.io/",
  "/socket.io/socket.io.js",
  "/ws/",
  "/ws/socket.io/",
  "/SOCKET.IO/",
  "/socket.io/AppSuite/",
  "/socket%2Eio/",
  "/socket%2eio/appsuite/",
  "/%73ocket.io/",
  "/socket.io%2F",
  "/socket.io/%61ppsuite/",
  "/socket.io/appsuite%2F",
  "/socket.io/%2e/",
  "/socket.io/./",
  "/./socket.io/",
  "/x/../socket.io/",
  "/socket.io/x/../",
  "/socket.io/..%2fsocket.io/",
  "//socket.io/",
  "/socket.io//",
  "/socket.io/appsuite//",
  "/socket.io/;x=y/",
  "/socket.io;x=y/",
  "/socket.io/%00",
  "/socket.io/%zz",
  "/socket.io\\",
  "/socket.io/\\appsuite/",
  "/socket-io/",
  "/socketxio/",
];
const query = (transport: string, protocol: number): string =>
  `?session=${anton.session}&EIO=${protocol}&transport=${transport}`;

describe.each([3, 4])("Engine.IO %i", (protocol) => {
  test.each(["/socket.io/", "/socket.io/appsuite/"])("an upgrade on %s is served", async (path) => {
    const target = `${path}${query("websocket", protocol)}`;
    const bytes = upgradeBytes({ target, cookie: anton.cookie, userAgent });
    expect((await rawRequest(oxbow.url, bytes, { untilAnswer: true })).status).toBe(101);
  });

  test.each(["/socket.io/", "/socket.io/appsuite/"])("polling on %s is served", async (path) => {
    const target = `${path}${query("polling", protocol)}`;
    const answer = await rawRequest(oxbow.url, getBytes(target, { Cookie: anton.cookie, "User-Agent": userAgent }));
    expect(answer.status).toBe(200);
    expect(answer.body).toContain("pingInterval");
  });

  test.each(strangePaths)("an upgrade on %s is answered 404 at once, also with a good session", async (path) => {
    const bytes = upgradeBytes({ target: `${path}${query("websocket", protocol)}`, cookie: anton.cookie, userAgent });
    const answer = await rawRequest(oxbow.url, bytes, { deadlineMs: 900 });
    // A target that is no valid one may be called a bad request before it is looked for.
    expect(path.includes("\\") || path.includes("%zz") ? [400, 404] : [404]).toContain(answer.status);
    expect(answer).toMatchObject({ answers: 1, closed: true });
  });

  test.each(strangePaths)("a polling request on %s opens nothing", async (path) => {
    const target = `${path}${query("polling", protocol)}`;
    const answer = await rawRequest(oxbow.url, getBytes(target, { Cookie: anton.cookie, "User-Agent": userAgent }));
    expect(path.includes("\\") || path.includes("%zz") ? [400, 404] : [404]).toContain(answer.status);
    expect(answer.body).not.toContain("pingInterval");
  });
});

test.each(["/socket.io", "/socket.io/appsuite"])(
  "%s without its final slash is served or answered 404",
  async (path) => {
    const bytes = upgradeBytes({ target: `${path}${query("websocket", 4)}`, cookie: anton.cookie, userAgent });
    expect([101, 404]).toContain((await rawRequest(oxbow.url, bytes, { untilAnswer: true })).status);
  },
);

test.each([
  "/nothing-here",
  "/ajax/nothing",
  "/preliminary/nothing",
  "/preliminary/http-notify/v1/nothing",
  "/metrics",
  "/admin/v1/sockets",
  "/live",
  "/health",
])("the public listener has no %s", async (path) => {
  expect((await ask(`${oxbow.url}${path}`)).status).toBe(404);
});

test("an upgrade where only plain requests are served is refused, once", async () => {
  const bytes = upgradeBytes({ target: `/ajax/system?action=whoami&session=${anton.session}`, cookie: anton.cookie });
  const answer = await rawRequest(oxbow.url, bytes, { deadlineMs: 2_000 });
  expect(answer.status).toBe(404);
  expect(answer).toMatchObject({ answers: 1, closed: true });
});
