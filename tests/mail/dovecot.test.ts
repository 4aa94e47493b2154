/** What a real Dovecot sends for new mail: the ground on which the push route is built. */
import { beforeAll, expect, test } from "@jest/globals";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { onCleanUp, owned } from "../support/clean-up.ts";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { waitFor } from "../support/wait-for.ts";

interface Notification {
  readonly line: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

const received: Notification[] = [];
let dovecot: Dovecot;

beforeAll(async () => {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const line = `${request.method ?? ""} ${request.url ?? ""}`;
      received.push({ line, headers: request.headers, body: JSON.parse(body) as Notification["body"] });
      response.end('{"success":true}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onCleanUp(() => {
    server.close();
    server.closeAllConnections();
  });
  const { port } = server.address() as AddressInfo;
  const notifyUrl = `http://rest:p%40ss@127.0.0.1:${port}/preliminary/http-notify/v1/notify`;
  dovecot = owned(await startDovecot({ notifyUrl }));
}, 30_000);

test("a mail that came by LMTP is told with the registered user, raw headers and credentials", async () => {
  await dovecot.register("anton", "3@1");
  await dovecot.deliverByLmtp(
    "anton",
    "From: =?utf-8?q?J=C3=BCrgen?= <jm@example.org>\nSubject: =?utf-8?b?w4RwZmVs?=\n\nHello\n.dots survive\n",
  );
  const notification = await told("3@1");
  expect(notification.line).toBe("PUT /preliminary/http-notify/v1/notify");
  expect(notification.headers).toMatchObject({
    authorization: `Basic ${Buffer.from("rest:p@ss").toString("base64")}`,
    "content-type": "application/json; charset=utf-8",
  });
  expect(notification.body).toEqual({
    user: "3@1",
    event: "messageNew",
    folder: "INBOX",
    "imap-uidvalidity": expect.any(Number),
    "imap-uid": 1,
    from: "=?utf-8?q?J=C3=BCrgen?= <jm@example.org>",
    subject: "=?utf-8?b?w4RwZmVs?=",
    snippet: "Hello .dots survive",
    unseen: 1,
  });
});

test("a mail that came by the delivery agent is told as well", async () => {
  await dovecot.register("berta", "4@1");
  await dovecot.deliverByLda("berta", "From: a@example.org\nSubject: local\n\ntext\n");
  expect((await told("4@1")).body).toMatchObject({ subject: "local" });
});

test("mail of a login that nobody registered is not told", async () => {
  const before = received.length;
  await dovecot.deliverByLmtp("carl", "From: a@example.org\nSubject: silent\n\ntext\n");
  await dovecot.deliverByLmtp("anton", "From: a@example.org\nSubject: heard\n\ntext\n");
  // Both went one after the other through the same server, so what would have been told is here by now.
  await waitFor("the second mail is told", () => received.length > before);
  expect(received.slice(before).map(({ body }) => body["subject"])).toEqual(["heard"]);
});

const told = (user: string): Promise<Notification> =>
  waitFor(`a notification for ${user}; Dovecot said ${dovecot.log()}`, () =>
    received.find(({ body }) => body["user"] === user),
  );
