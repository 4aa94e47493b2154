/**
 * Every step of a regular request, through a route and through upgrades of both protocol versions: the same reason in the
 * counters, the answers of each, and side effects at the route only.
 */
import { beforeAll, describe, expect, test } from "@jest/globals";
import type { Session } from "../../auth/index.ts";
import { jsonObject } from "../support/acceptance/http.ts";
import type { RawAnswer } from "../support/acceptance/raw-http.ts";
import { exampleContext, exampleUser, newHexId } from "../support/example-session.ts";
import { ask, type Sent, sentFor, upgrade } from "../support/steps-client.ts";
import { openStepsServer, type StepsServer, type World } from "../support/steps-server.ts";

interface Row {
  readonly name: string;
  readonly reason: string;
  readonly session?: Partial<Session>;
  readonly world?: Partial<World>;
  readonly sent?: (session: Session) => Partial<Sent>;
  /** Status where the client takes JSON, its code, status of a page; undefined: the route serves it. */
  readonly route: { readonly status: number; readonly code?: string; readonly page: number } | undefined;
  /** Status of an upgrade. */
  readonly socket: number;
  /** The route's request ends the session; an upgrade never does. */
  readonly ends?: true;
}

const expired = { status: 200, code: "SES-0203", page: 403 };

/** Sections 1.1 and 1.5 of the reference's description, in the order of the steps. */
const rows: readonly Row[] = [
  {
    name: "no session",
    reason: "session-missing",
    sent: () => ({ session: undefined }),
    route: { status: 400, page: 400 },
    socket: 400,
  },
  {
    name: "an empty session",
    reason: "session-missing",
    sent: () => ({ session: "" }),
    route: { status: 400, page: 400 },
    socket: 400,
  },
  {
    name: "an unknown session",
    reason: "session-unknown",
    sent: () => ({ session: newHexId() }),
    route: expired,
    socket: 403,
  },
  {
    name: "a second factor to come",
    reason: "multifactor-pending",
    session: { multifactor: true },
    route: { status: 200, code: "MFA-0001", page: 500 },
    socket: 403,
  },
  {
    name: "no cookie at all",
    reason: "secret-missing",
    sent: () => ({ cookies: {} }),
    route: expired,
    socket: 403,
  },
  {
    name: "another User-Agent",
    reason: "secret-missing",
    sent: () => ({ userAgent: "Other/1.0" }),
    route: expired,
    socket: 403,
  },
  {
    name: "a wrong secret",
    reason: "secret-mismatch",
    sent: ({ hash }) => ({ cookies: { [`open-xchange-secret-${hash}`]: newHexId() } }),
    route: expired,
    socket: 403,
  },
  {
    name: "an unknown context",
    reason: "context-unknown",
    world: { context: undefined },
    route: expired,
    socket: 403,
    ends: true,
  },
  {
    name: "an unknown user",
    reason: "user-unknown",
    world: { user: undefined },
    route: expired,
    socket: 403,
    ends: true,
  },
  {
    name: "a disabled user",
    reason: "user-disabled",
    world: { user: exampleUser({ enabled: false }) },
    route: expired,
    socket: 403,
  },
  {
    name: "a disabled context",
    reason: "context-disabled",
    world: { context: exampleContext({ enabled: false }) },
    route: { status: 200, code: "SES-0204", page: 403 },
    socket: 403,
    ends: true,
  },
  {
    name: "another address under the strict check",
    reason: "ip-check",
    sent: () => ({ address: "198.51.100.7" }),
    route: expired,
    socket: 403,
    ends: true,
  },
  {
    name: "web sockets disabled for the user",
    reason: "websockets-disabled",
    world: { mayOpen: false },
    route: undefined,
    socket: 403,
  },
  {
    name: "a store that fails",
    reason: "source-unreachable",
    world: { storeFails: true },
    route: { status: 200, code: "SRV-0001", page: 500 },
    socket: 503,
  },
];

describe("a request with", () => {
  let server: StepsServer;
  beforeAll(async () => {
    server = await openStepsServer({
      settings: { "com.openexchange.ipcheck.mode": "strict", "com.openexchange.oxbow.handshakeHold": "0" },
    });
  });

  /** Arranges the row, runs the request, and puts the world back. */
  async function run(
    row: Row,
    request: (sent: Sent) => Promise<RawAnswer>,
  ): Promise<{ readonly answer: RawAnswer; readonly isAlive: boolean }> {
    const sound = { context: exampleContext(), user: exampleUser(), mayOpen: true, storeFails: false };
    const session = await server.addSession(row.session);
    Object.assign(server.world, sound, row.world);
    const answer = await request(sentFor(session, row.sent?.(session)));
    Object.assign(server.world, sound);
    return { answer, isAlive: (await server.sessions.peek(session.id)) !== undefined };
  }

  const refusedRequests = (reason: string): Promise<number> => server.count("oxbow_requests_refused_total", { reason });
  const handshakes = (result: string): Promise<number> => server.count("oxbow_handshakes_total", { result });

  test.each(rows.filter(({ route }) => route !== undefined))(
    "$name is refused at a route, as JSON, and counted as $reason",
    async (row) => {
      const before = await refusedRequests(row.reason);
      const { answer, isAlive } = await run(row, (sent) => ask(server, sent));
      expect(answer).toMatchObject({ status: row.route?.status, answers: 1 });
      expect(jsonObject(answer.body)["code"]).toBe(row.route?.code);
      expect(await refusedRequests(row.reason)).toBe(before + 1);
      expect(isAlive).toBe(row.ends !== true);
    },
  );

  test.each(rows.filter(({ route }) => route !== undefined))(
    "$name is refused at a route, as a page, and counted as $reason",
    async (row) => {
      const before = await refusedRequests(row.reason);
      const { answer, isAlive } = await run(row, (sent) => ask(server, sent, "text/html"));
      expect(answer).toMatchObject({ status: row.route?.page, answers: 1 });
      expect(answer.headers.get("content-type")).toMatch(/^text\/html/);
      expect(await refusedRequests(row.reason)).toBe(before + 1);
      expect(isAlive).toBe(row.ends !== true);
    },
  );

  describe.each([3, 4] as const)("(Engine.IO %i)", (protocol) => {
    test.each(rows)("$name is refused at an upgrade, counted as $reason, and changes nothing", async (row) => {
      const before = await handshakes(row.reason);
      const { answer, isAlive } = await run(row, (sent) => upgrade(server, sent, protocol));
      expect(answer).toMatchObject({ status: row.socket, answers: 1, body: "" });
      expect(answer.headers.has("set-cookie")).toBe(false);
      expect(answer.headers.has("retry-after")).toBe(row.socket === 503);
      expect(await handshakes(row.reason)).toBe(before + 1);
      expect(isAlive).toBe(true);
    });

    test("nothing missing is let in", async () => {
      const before = await handshakes("accepted");
      const sound: Row = { name: "", reason: "", route: undefined, socket: 101 };
      expect((await run(sound, (sent) => upgrade(server, sent, protocol))).answer.status).toBe(101);
      expect(await handshakes("accepted")).toBe(before + 1);
    });
  });

  test("web sockets disabled for the user is served at a route", async () => {
    const row = rows.find(({ reason }) => reason === "websockets-disabled");
    if (row === undefined) throw new Error("no such row");
    expect(jsonObject((await run(row, (sent) => ask(server, sent))).answer.body)).toHaveProperty("data");
  });

  test("all in order gets back the cookies that its browser lost", async () => {
    const { raw } = await ask(server, sentFor(await server.addSession()));
    const written = [...raw.matchAll(/^set-cookie: ([^=]+)=/gim)].map(([, name]) => name);
    expect(written).toEqual(["open-xchange-public-session-RivqejidTBreBSJWSghuwg", "open-xchange-shard"]);
  });

  test("another address loses all cookies of the App Suite at a route, and JSESSIONID", async () => {
    const session = await server.addSession();
    const sent = sentFor(session, { address: "198.51.100.7" });
    const cookies = { ...sent.cookies, "open-xchange-secret-ofAnotherClient": "x", theme: "dark" };
    const { raw } = await ask(server, { ...sent, cookies });
    const dropped = [...raw.matchAll(/^set-cookie: ([^=]+)=invalid; Max-Age=0;/gim)].map(([, name]) => name);
    expect(new Set(dropped)).toEqual(
      new Set([
        `open-xchange-secret-${session.hash}`,
        `open-xchange-session-${session.hash}`,
        "open-xchange-public-session-RivqejidTBreBSJWSghuwg",
        "open-xchange-shard",
        "open-xchange-secret-ofAnotherClient",
        "JSESSIONID",
      ]),
    );
  });
});
