/** What passes every step, through a route and through upgrades of both protocol versions: each way a secret cookie may be named, and each way an address may change. */
import { expect, test } from "@jest/globals";
import type { Session } from "../../auth/index.ts";
import { cookieHash, jsonObject } from "../support/acceptance/http.ts";
import { exampleUserAgent } from "../support/example-session.ts";
import { ask, home, type Sent, sentFor, upgrade } from "../support/steps-client.ts";
import { openStepsServer } from "../support/steps-server.ts";

interface Passing {
  readonly name: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly fields?: readonly string[];
  readonly remember?: true;
  readonly session?: Partial<Session>;
  readonly sent: (session: Session) => Partial<Sent>;
  /** False: an upgrade passes, a route does not. */
  readonly route?: false;
  /** The address that the session is bound to after a route's request; default: the old one. */
  readonly boundTo?: string;
}

const named = (hash: string, { secret }: Session): Partial<Sent> => ({
  cookies: { [`open-xchange-secret-${hash}`]: secret },
});
const strict = { "com.openexchange.ipcheck.mode": "strict" };
const away = "198.51.100.7";
const ie11 = "Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko";

const passing: readonly Passing[] = [
  {
    name: "the login's cookie, remembered, with another User-Agent",
    remember: true,
    session: { hash: "rememberedHash" },
    sent: (session) => ({ ...named("rememberedHash", session), userAgent: "Other/1.0" }),
  },
  { name: "the login's cookie without any User-Agent", sent: () => ({ userAgent: undefined }), route: false },
  {
    name: "the login's cookie from Internet Explorer 11",
    sent: () => ({ userAgent: ie11 }),
  },
  { name: "the login's cookie from a media player", sent: () => ({ userAgent: "AppleCoreMedia/1.0" }) },
  {
    name: "a guest's cookie, which context and user count for",
    session: { guest: true },
    sent: (session) => named(cookieHash(exampleUserAgent, "open-xchange-appsuite", "1", "3"), session),
  },
  {
    name: "a cookie that a header counts for",
    fields: ["X-Device"],
    sent: (session) => ({
      ...named(cookieHash(exampleUserAgent, "open-xchange-appsuite", "d1"), session),
      headers: { "X-Device": "d1" },
    }),
  },
  {
    name: "a restricted session, whose second factor nobody asks for",
    session: { multifactor: true, restricted: "mail" },
    sent: () => ({}),
  },
  { name: "a mapped form of its address", settings: strict, sent: () => ({ address: `::ffff:${home}` }) },
  { name: "another address without a check", sent: () => ({ address: away }), boundTo: away },
  {
    name: "another address of a roaming client",
    settings: { ...strict, "com.openexchange.IPCheckWhitelist": "open-xchange-*" },
    sent: () => ({ address: away }),
    boundTo: away,
  },
  {
    name: "another address of the same network",
    settings: { "com.openexchange.IPCheck": "true", "com.openexchange.IPMaskV4": "255.255.255.0" },
    sent: () => ({ address: "192.0.2.77" }),
  },
];

test.each(passing)("$name passes, at a route and at upgrades of both versions", async (row) => {
  const server = await openStepsServer({
    ...(row.settings === undefined ? {} : { settings: row.settings }),
    hashRules: {
      ...(row.remember === undefined ? {} : { source: "remember" }),
      ...(row.fields === undefined ? {} : { fields: row.fields }),
    },
  });
  const session = await server.addSession(row.session);
  const sent = sentFor(session, row.sent(session));
  for (const protocol of [3, 4] as const) expect((await upgrade(server, sent, protocol)).status).toBe(101);
  expect(await server.sessions.peek(session.id)).toEqual(session);
  const answer = await ask(server, sent);
  expect("data" in jsonObject(answer.body)).toBe(row.route !== false);
  expect(await server.sessions.peek(session.id)).toMatchObject({ localIp: row.boundTo ?? home });
});
