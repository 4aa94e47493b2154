/** What the producer of a mail notification is answered, and that what is refused reaches nobody. */
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { connectClient, type RecordingClient } from "../../support/acceptance/clients.ts";
import { asObject, ask, dovecotHeaders, logIn, mailNotice, notify } from "../../support/acceptance/http.ts";
import { createWitness, type Witness } from "../../support/acceptance/witness.ts";
import { type Oxbow, startOxbow } from "../../support/oxbow-process.ts";

let oxbow: Oxbow;
let browser: RecordingClient;
let witness: Witness;
beforeAll(async () => {
  oxbow = await startOxbow();
  browser = connectClient(oxbow.url, "2.5.0", { login: await logIn(oxbow.url) });
  await browser.connected();
  witness = await createWitness(oxbow.url);
});
afterEach(async () => witness.isUnharmed());

/** Sends a notice that must be taken, and returns the one object the browser got. */
async function delivered(fields: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
  const notice = mailNotice(fields);
  const answer = await notify(oxbow.url, notice);
  expect({ status: answer.status, json: answer.json }).toEqual({ status: 200, json: { success: true } });
  const id = String(notice["imap-uid"]);
  const event = await browser.event("ox:mail:new", (payload) => asObject(payload)["id"] === id);
  expect(event.args).toHaveLength(1);
  return asObject(event.args[0]);
}
/** Shows that nothing came before a mail that is sent now. */
async function nothingCame(before: number): Promise<void> {
  const { id } = await delivered({});
  expect(browser.received.slice(before).map((event) => asObject(event.args[0])["id"])).toEqual([id]);
}

describe("answers", () => {
  test.each(["messageNew", "MessageNew"])("the event %s is delivered", async (event) => {
    expect((await delivered({ event }))["folder"]).toBe("default0/INBOX");
  });

  test.each(["messageAppend", "flagsSet", "MESSAGENEW", "", "__proto__"])(
    "another event (%j): 200, nothing done",
    async (event) => {
      const before = browser.received.length;
      expect((await notify(oxbow.url, mailNotice({ event }))).status).toBe(200);
      await nothingCame(before);
    },
  );

  test("a mail for the other user does not reach this one", async () => {
    const before = browser.received.length;
    expect((await notify(oxbow.url, mailNotice({ user: "4@1" }))).status).toBe(200);
    await nothingCame(before);
    const event = await witness.client.event("ox:mail:new");
    expect(asObject(event.args[0])["folder"]).toBe("default0/INBOX");
  });

  test.each(["99@1", "3@2", "3@999", "2147483647@1"])("the unknown user %s: 404", async (user) => {
    expect((await notify(oxbow.url, mailNotice({ user }))).status).toBe(404);
  });

  test.each([
    "",
    "3",
    "@",
    "@1",
    "3@",
    "a@1",
    "3@b",
    "../3@1",
    "99999999999@1",
    "3@99999999999",
    "3@1@1",
    "-3@1",
    "3.0@1",
    " 3@1",
    "0x3@1",
    "3e0@1",
    "٣@1",
    3,
    null,
    {},
    ["3@1"],
  ])("the malformed user %j: 400", async (user) => {
    const before = browser.received.length;
    expect((await notify(oxbow.url, mailNotice({ user }))).status).toBe(400);
    await nothingCame(before);
  });

  test.each(["", "{", "[]", "null", "3", '"text"', "{}", '{"user":"3@1"}', "not json", '{"a":'.repeat(5_000)])(
    "the malformed body %.20j: 400",
    async (body) => {
      expect((await notify(oxbow.url, body)).status).toBe(400);
    },
  );

  test.each([
    { folder: undefined },
    { folder: "" },
    { folder: 1 },
    { "imap-uid": undefined },
    { "imap-uid": -1 },
    { "imap-uid": 1.5 },
    { "imap-uid": "x" },
    { "imap-uid": null },
    { "imap-uid": 2 ** 64 },
    { subject: 7 },
    { from: ["a@example.org"] },
    { snippet: {} },
    { unseen: "many" },
  ])("a body with %j: 400", async (fields) => {
    const before = browser.received.length;
    expect((await notify(oxbow.url, mailNotice(fields))).status).toBe(400);
    await nothingCame(before);
  });

  test.each([undefined, "", "Basic", "Basic ===", `Basic ${Buffer.from("rest:x").toString("base64")}`, "Bearer x"])(
    "the credentials %j: 401, whatever the body",
    async (authorization) => {
      for (const body of [JSON.stringify(mailNotice()), "{"]) {
        const headers = {
          "Content-Type": "application/json",
          ...(authorization === undefined ? {} : { Authorization: authorization }),
        };
        const answer = await ask(`${oxbow.url}/preliminary/http-notify/v1/notify`, { method: "PUT", headers, body });
        expect(answer.status).toBe(401);
        expect(answer.headers.get("www-authenticate")).toMatch(/^Basic/i);
      }
    },
  );

  test.each(["GET", "POST", "DELETE"])("%s: 405, naming what is allowed", async (method) => {
    const answer = await ask(`${oxbow.url}/preliminary/http-notify/v1/notify`, {
      method,
      headers: dovecotHeaders,
      ...(method === "POST" ? { body: "{}" } : {}),
    });
    expect(answer.status).toBe(405);
    expect(answer.headers.get("allow")).toContain("PUT");
  });

  test("a body beyond the limit of 64 KB: 413", async () => {
    expect((await notify(oxbow.url, mailNotice({ snippet: "x".repeat(70_000) }))).status).toBe(413);
    expect((await delivered({ snippet: "x".repeat(10_000) }))["teaser"]).toHaveLength(10_000);
  });

  test("an encoded body: 415", async () => {
    expect((await notify(oxbow.url, mailNotice(), { "Content-Encoding": "gzip" })).status).toBe(415);
  });
});
