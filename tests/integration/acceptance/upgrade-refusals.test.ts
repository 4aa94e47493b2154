/** Every refusal comes before the 101, once, with its status, and leaves the process and a witness client unharmed. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { jsonObject, logIn, type Login, userAgent } from "../../support/acceptance/http.ts";
import { scrape } from "../../support/acceptance/metrics.ts";
import {
  getBytes,
  type RawAnswer,
  rawConnect,
  rawRequest,
  type UpgradeRequest,
  upgradeBytes,
} from "../../support/acceptance/raw-http.ts";
import { createWitness, type Witness } from "../../support/acceptance/witness.ts";
import { type Oxbow, restCredentials, startOxbow } from "../../support/oxbow-process.ts";

interface Sketch {
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly cookie: string | undefined;
  readonly userAgent: string | undefined;
  /** Text behind the encoded query, as it is. */
  readonly suffix?: string;
  readonly headers?: UpgradeRequest["headers"];
  readonly method?: string;
}
interface People {
  readonly anton: Login;
  readonly berta: Login;
}
interface Case {
  readonly name: string;
  readonly change: (sketch: Sketch, people: People) => Sketch;
  readonly status: readonly number[];
}

const withQuery = (sketch: Sketch, query: Sketch["query"]): Sketch => ({
  ...sketch,
  query: { ...sketch.query, ...query },
});
const secretPair = (login: Login, value: string): string => `${login.secretName}=${value}`;

/** What a session can lack: the same at an upgrade as at a polling request. */
const sessionCases: readonly Case[] = [
  { name: "no session", change: (s) => withQuery(s, { session: undefined }), status: [400] },
  { name: "an empty session", change: (s) => withQuery(s, { session: "" }), status: [400, 403] },
  { name: "an unknown session", change: (s) => withQuery(s, { session: "0".repeat(32) }), status: [403] },
  {
    name: "a session id that is none",
    change: (s) => withQuery(s, { session: "../../__proto__" }),
    status: [400, 403],
  },
  {
    name: "an over-long session id",
    change: (s) => withQuery(s, { session: "a".repeat(3000) }),
    status: [400, 403, 414],
  },
  { name: "control characters in the id", change: (s) => withQuery(s, { session: "\u0000\r\nx" }), status: [400, 403] },
  {
    name: "a session id with broken percent encoding",
    change: (s) => ({ ...withQuery(s, { session: undefined }), suffix: "&session=%zz%ff" }),
    status: [400, 403],
  },
  {
    name: "two sessions at once",
    change: (s, { berta }) => ({ ...s, suffix: `&session=${berta.session}` }),
    status: [400, 403],
  },
  { name: "no cookie at all", change: (s) => ({ ...s, cookie: undefined }), status: [403] },
  { name: "cookies without the secret", change: (s) => ({ ...s, cookie: "a=b; JSESSIONID=1" }), status: [403] },
  {
    name: "a wrong secret",
    change: (s, { anton }) => ({ ...s, cookie: secretPair(anton, "f".repeat(32)) }),
    status: [403],
  },
  { name: "an empty secret", change: (s, { anton }) => ({ ...s, cookie: secretPair(anton, "") }), status: [403] },
  {
    name: "the right secret under another name",
    change: (s, { anton }) => ({ ...s, cookie: `open-xchange-secret-x=${anton.secret}` }),
    status: [403],
  },
  { name: "another user's cookies", change: (s, { berta }) => ({ ...s, cookie: berta.cookie }), status: [403] },
  {
    name: "another user's session",
    change: (s, { berta }) => withQuery(s, { session: berta.session }),
    status: [403],
  },
  { name: "another User-Agent", change: (s) => ({ ...s, userAgent: "Other/1.0" }), status: [403] },
];

/** What can be wrong with the upgrade itself, the session being good. */
const upgradeCases: readonly Case[] = [
  { name: "no transport", change: (s) => withQuery(s, { transport: undefined }), status: [400] },
  { name: "an unknown transport", change: (s) => withQuery(s, { transport: "webtransport" }), status: [400] },
  { name: "a built-in name as transport", change: (s) => withQuery(s, { transport: "constructor" }), status: [400] },
  { name: "polling as an upgrade", change: (s) => withQuery(s, { transport: "polling" }), status: [400] },
  { name: "two transports", change: (s) => ({ ...s, suffix: "&transport=polling" }), status: [400] },
  { name: "an unknown sid", change: (s) => withQuery(s, { sid: "AAAAAAAAAAAAAAAAAAAA" }), status: [400] },
  { name: "an empty sid", change: (s) => withQuery(s, { sid: "" }), status: [400] },
  { name: "two protocol versions", change: (s) => ({ ...s, suffix: "&EIO=4&EIO=3" }), status: [400] },
  {
    name: "an old web socket version",
    change: (s) => ({ ...s, headers: { "Sec-WebSocket-Version": "7" } }),
    status: [400, 426],
  },
  {
    name: "no web socket version",
    change: (s) => ({ ...s, headers: { "Sec-WebSocket-Version": undefined } }),
    status: [400, 426],
  },
  { name: "no web socket key", change: (s) => ({ ...s, headers: { "Sec-WebSocket-Key": undefined } }), status: [400] },
  {
    name: "a malformed web socket key",
    change: (s) => ({ ...s, headers: { "Sec-WebSocket-Key": "x" } }),
    status: [400],
  },
  { name: "an upgrade to something else", change: (s) => ({ ...s, headers: { Upgrade: "h2c" } }), status: [400, 426] },
  { name: "POST", change: (s) => ({ ...s, method: "POST" }), status: [400, 405] },
  { name: "PUT", change: (s) => ({ ...s, method: "PUT" }), status: [400, 405] },
];

function target(sketch: Sketch): string {
  const query = new URLSearchParams();
  for (const [key, value] of Object.entries(sketch.query)) if (value !== undefined) query.set(key, value);
  return `/socket.io/appsuite/?${query.toString()}${sketch.suffix ?? ""}`;
}

describe.each([{ transports: "websocket" }, { transports: "websocket,polling" }])(
  "with transports $transports",
  (mode) => {
    let oxbow: Oxbow;
    let people: People;
    let witness: Witness;
    beforeAll(async () => {
      oxbow = await startOxbow({
        properties: { ...restCredentials, "com.openexchange.oxbow.transports": mode.transports },
      });
      people = { anton: await logIn(oxbow.url), berta: await logIn(oxbow.url, "berta") };
      witness = await createWitness(oxbow.url);
    });
    afterEach(async () => witness.isUnharmed());
    afterAll(async () => oxbow.stop());

    const sketch = (protocol: number, transport: string): Sketch => ({
      query: { session: people.anton.session, connection: "c1", EIO: String(protocol), transport },
      cookie: people.anton.cookie,
      userAgent,
    });
    const upgrade = async (from: Sketch): Promise<RawAnswer> =>
      rawRequest(oxbow.url, upgradeBytes({ ...from, target: target(from) }), { untilAnswer: false });
    const poll = async (from: Sketch, method = "GET"): Promise<RawAnswer> =>
      rawRequest(
        oxbow.url,
        getBytes(target(from), { Cookie: from.cookie ?? "", "User-Agent": from.userAgent ?? "" }, method),
      );
    const handshakes = async (): Promise<number> => (await scrape(oxbow.internalUrl)).sum("oxbow_handshakes_total");

    describe.each([3, 4])("Engine.IO %i", (protocol) => {
      test.each(sessionCases)(
        "an upgrade with $name is refused, counted, and says nothing",
        async ({ change, status }) => {
          const before = await handshakes();
          const answer = await upgrade(change(sketch(protocol, "websocket"), people));
          expect(status).toContain(answer.status);
          expect(answer).toMatchObject({ answers: 1, closed: true });
          if (answer.status === 403) expect(answer.body).toBe("");
          expect(await handshakes()).toBe(before + 1);
        },
      );

      test.each(upgradeCases)("an upgrade with $name is refused", async ({ change, status }) => {
        const answer = await upgrade(change(sketch(protocol, "websocket"), people));
        expect(status).toContain(answer.status);
        expect(answer).toMatchObject({ answers: 1, closed: true });
      });

      test("an upgrade of HTTP/1.0, which knows none, is refused", async () => {
        const from = sketch(protocol, "websocket");
        const bytes = upgradeBytes({ ...from, target: target(from) }).replace("HTTP/1.1", "HTTP/1.0");
        expect(await rawRequest(oxbow.url, bytes)).toMatchObject({ status: 400, answers: 1, closed: true });
      });

      test("the upgrade that lacks nothing is let in", async () => {
        const from = sketch(protocol, "websocket");
        const answer = await rawRequest(oxbow.url, upgradeBytes({ ...from, target: target(from) }), {
          untilAnswer: true,
        });
        expect(answer.status).toBe(101);
      });

      if (mode.transports === "websocket") {
        test.each(["GET", "POST", "OPTIONS"])("%s without an upgrade is refused, polling being off", async (method) => {
          const answer = await poll(sketch(protocol, "polling"), method);
          expect([400, 405]).toContain(answer.status);
          if (answer.status === 400 && method === "GET") expect(jsonObject(answer.body)).toMatchObject({ code: 0 });
          expect(answer.answers).toBe(1);
        });
        return;
      }

      test.each(sessionCases)("a polling request with $name is refused the same way", async ({ change, status }) => {
        const before = await handshakes();
        const answer = await poll(change(sketch(protocol, "polling"), people));
        expect(status).toContain(answer.status);
        expect(answer.answers).toBe(1);
        expect(answer.raw).not.toContain("pingInterval");
        expect(await handshakes()).toBe(before + 1);
      });

      test("the polling request that lacks nothing is let in", async () => {
        const answer = await poll(sketch(protocol, "polling"));
        expect(answer.status).toBe(200);
        expect(answer.body).toContain("pingInterval");
      });

      test.each([
        { name: "JSONP", query: { j: "0" }, method: "GET", status: [400] },
        { name: "an unknown sid", query: { sid: "AAAAAAAAAAAAAAAAAAAA" }, method: "GET", status: [400] },
        { name: "an empty sid", query: { sid: "" }, method: "GET", status: [400] },
        { name: "POST without a sid", query: {}, method: "POST", status: [400] },
        { name: "DELETE", query: {}, method: "DELETE", status: [400, 405] },
        {
          name: "a GET for the web socket transport",
          query: { transport: "websocket" },
          method: "GET",
          status: [400, 426],
        },
      ])("a polling request with $name is refused", async ({ query, method, status }) => {
        const answer = await poll(withQuery(sketch(protocol, "polling"), query), method);
        expect(status).toContain(answer.status);
        expect(answer.answers).toBe(1);
      });
    });

    test("a peer that resets the connection in the middle of its refusal harms nobody", async () => {
      for (let round = 0; round < 20; round += 1) {
        const connection = await rawConnect(oxbow.url);
        connection.socket.write(upgradeBytes({ target: "/socket.io/?session=x&EIO=4&transport=websocket" }));
        connection.socket.resetAndDestroy();
      }
      await witness.isUnharmed();
    });
  },
);
