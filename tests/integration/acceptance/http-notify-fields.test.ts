/** Dovecot's notification, field by field: what the browser gets. */
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { connectClient, type RecordingClient } from "../../support/acceptance/clients.ts";
import { asObject, logIn, mailNotice, nextUid, notify } from "../../support/acceptance/http.ts";
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

describe("fields", () => {
  test("without optional fields the event holds folder and id only", async () => {
    const uid = nextUid();
    expect(await delivered({ "imap-uid": uid })).toEqual({ folder: "default0/INBOX", id: String(uid) });
  });

  test("all fields, in any order and among unknown ones, become exactly the seven documented ones", async () => {
    const uid = nextUid();
    const event = await delivered({
      unseen: 7,
      snippet: "Hello",
      "x-unknown": { deep: [1] },
      subject: "Subject",
      from: "Jane Doe <jane@example.org>",
      "imap-uid": uid,
    });
    expect(event).toEqual({
      folder: "default0/INBOX",
      id: String(uid),
      email: "jane@example.org",
      displayname: "Jane Doe",
      subject: "Subject",
      unread: 7,
      teaser: "Hello",
    });
  });

  test.each([
    { unseen: 0, unread: { unread: 0 } },
    { unseen: 4_294_967_295, unread: { unread: 4_294_967_295 } },
    { unseen: -1, unread: {} },
  ])("unseen $unseen gives $unread", async ({ unseen, unread }) => {
    const { folder, id, ...rest } = await delivered({ unseen });
    expect([typeof folder, typeof id, rest]).toEqual(["string", "string", unread]);
  });

  test("the id is a text, up to the largest uid", async () => {
    expect((await delivered({ "imap-uid": 4_294_967_295 }))["id"]).toBe("4294967295");
  });

  test("another folder keeps its name below default0", async () => {
    expect((await delivered({ folder: "INBOX/Ordner ä" }))["folder"]).toBe("default0/INBOX/Ordner ä");
  });

  test.each(["", "a\u0001b", "<b>&amp; Grüße 😀</b>", "=?utf-8?q?not_decoded?=", "�", "x".repeat(200)])(
    "the snippet %j is the teaser, unchanged",
    async (snippet) => {
      expect((await delivered({ snippet }))["teaser"]).toBe(snippet);
    },
  );

  test.each([
    { subject: "", expected: "" },
    { subject: "plain", expected: "plain" },
    { subject: "=?utf-8?b?w4RwZmVs?=", expected: "Äpfel" },
    { subject: "=?utf-8?q?J=C3=BCrgen?=", expected: "Jürgen" },
    { subject: "=?UTF-8?Q?a_b=5F?=", expected: "a b_" },
    { subject: "=?iso-8859-1?Q?Gr=FC=DFe?= at once", expected: "Grüße at once" },
    { subject: "=?windows-1252?Q?=93x=94?=", expected: "“x”" },
    { subject: "=?utf-8?q?one?= =?utf-8?q?two?=", expected: "onetwo" },
    { subject: "=?utf-8?b?8J+YgA==?=", expected: "😀" },
    { subject: "Re: =?utf-8?q?=C3=A4?= (x)", expected: "Re: ä (x)" },
    { subject: "already Ünicode", expected: "already Ünicode" },
    { subject: "<script>alert(1)</script>", expected: "<script>alert(1)</script>" },
    { subject: "broken � bytes", expected: "broken � bytes" },
  ])("the subject $subject is decoded", async ({ subject, expected }) => {
    expect((await delivered({ subject }))["subject"]).toBe(expected);
  });

  test("an encoded character split over two encoded words of one subject is not lost", async () => {
    const { subject } = await delivered({ subject: "=?utf-8?b?w4Q=?=\n =?utf-8?b?cGZlbA==?=" });
    expect(subject).toBe("Äpfel");
  });

  test("a folded subject is one line", async () => {
    const { subject } = await delivered({ subject: "first part\n second part" });
    expect(String(subject).replace(/\s+/g, " ")).toBe("first part second part");
  });

  test.each(["=?utf-8?q?", "=?nosuch?q?=FF?=", "=?utf-8?b?%%%?=", "=?utf-8?x?abc?="])(
    "the undecodable subject %j is still a text",
    async (subject) => {
      expect(typeof (await delivered({ subject }))["subject"]).toBe("string");
    },
  );
});

describe("from", () => {
  test.each([
    { from: "jane@example.org", email: "jane@example.org", displayname: undefined },
    { from: "<jane@example.org>", email: "jane@example.org", displayname: undefined },
    { from: "Jane <jane@example.org>, Joe <joe@example.org>", email: "jane@example.org", displayname: "Jane" },
    { from: '"Doe, Jane" <jane@example.org>, joe@example.org', email: "jane@example.org", displayname: "Doe, Jane" },
    { from: '"Jane \\"J\\" Doe" <jane@example.org>', email: "jane@example.org", displayname: 'Jane "J" Doe' },
    { from: "=?utf-8?q?J=C3=BCrgen?= <jm@example.org>", email: "jm@example.org", displayname: "Jürgen" },
    {
      from: "=?iso-8859-1?q?M=FCller=2C_J=FCrgen?= <jm@example.org>",
      email: "jm@example.org",
      displayname: "Müller, Jürgen",
    },
    {
      from: "=?utf-8?b?SsO8?=\n =?utf-8?b?cmdlbg==?= <jm@example.org>",
      email: "jm@example.org",
      displayname: "Jürgen",
    },
    { from: '"" <jane@example.org>', email: "jane@example.org", displayname: undefined },
    { from: "Team: jane@example.org, joe@example.org;", email: "jane@example.org", displayname: undefined },
  ])("$from gives $email and $displayname", async ({ from, email, displayname }) => {
    const event = await delivered({ from });
    expect(event["email"]).toBe(email);
    expect(event["displayname"]).toBe(displayname);
    expect("displayname" in event).toBe(displayname !== undefined);
  });

  test.each([
    "",
    "Undisclosed:;",
    "undisclosed-recipients:;",
    "<>",
    ";,;",
    "@",
    "=?utf-8?q?",
    "no address at all",
    "\u0000",
    "(((",
    '"',
  ])("the odd %j fails nothing, and no field is null", async (from) => {
    const event = await delivered({ from, subject: "odd" });
    expect(event["subject"]).toBe("odd");
    for (const value of Object.values(event)) expect(value).not.toBeNull();
    if ("displayname" in event) expect(event["displayname"]).not.toBe("");
  });

  test("an undecodable header comes as its text", async () => {
    expect((await delivered({ from: "just words" }))["email"]).toBe("just words");
  });
});
