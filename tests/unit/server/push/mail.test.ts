/** Dovecot's body and what becomes of it, apart from header texts: those are in `mail-headers.test.ts`. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readMailNotification, readUser } from "../../../../server/push/mail.ts";
import type { MailNotification } from "../../../../server/push/mail.ts";

/** Just what a notification must hold. */
const least = { user: "3@7", event: "messageNew", folder: "INBOX", "imap-uid": 4 };

const read = (changes: Readonly<Record<string, unknown>> = {}): MailNotification =>
  readMailNotification({ ...least, ...changes });

test("the body that Dovecot sends becomes the event that the App Suite expects", () => {
  const body = {
    user: "3@7",
    event: "messageNew",
    folder: "INBOX",
    "imap-uidvalidity": 1_700_000_000,
    "imap-uid": 4,
    from: "=?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <jm@example.org>",
    subject: "=?utf-8?b?w4RwZmVs?=",
    snippet: "Grüße",
    unseen: 3,
  };
  expect(readMailNotification(body)).toEqual({
    kind: "mail",
    contextId: 7,
    userId: 3,
    payload: {
      folder: "default0/INBOX",
      id: "4",
      email: "jm@example.org",
      displayname: "Jürgen Müller",
      subject: "Äpfel",
      unread: 3,
      teaser: "Grüße",
    },
  });
});

test("fields that did not come are left out", () => {
  expect(read()).toEqual({ kind: "mail", contextId: 7, userId: 3, payload: { folder: "default0/INBOX", id: "4" } });
});

test.each([
  { name: "the spelling of Dovecot's documentation", changes: { event: "MessageNew" }, payload: { id: "4" } },
  { name: "a UID as text", changes: { "imap-uid": "4294967295" }, payload: { id: "4294967295" } },
  { name: "the largest UID", changes: { "imap-uid": 4_294_967_295 }, payload: { id: "4294967295" } },
  { name: "a folder below INBOX", changes: { folder: "INBOX/ä" }, payload: { folder: "default0/INBOX/ä" } },
  { name: "no unseen message", changes: { unseen: 0 }, payload: { unread: 0 } },
  { name: "an empty snippet", changes: { snippet: "" }, payload: { teaser: "" } },
  {
    name: "a snippet that looks encoded, which stays as it is",
    changes: { snippet: "=?utf-8?q?a?= \u0001 <b>&amp;" },
    payload: { teaser: "=?utf-8?q?a?= \u0001 <b>&amp;" },
  },
  { name: "keys that nobody knows", changes: { messages: [1], "imap-uidvalidity": null }, payload: { id: "4" } },
])("$name is taken", ({ changes, payload }) => {
  expect(read(changes)).toMatchObject({ kind: "mail", payload });
});

test.each([{ unseen: -1 }, { unseen: 1.5 }])("a count of unseen messages that is none is left out: %j", (changes) => {
  expect(read(changes)).toMatchObject({
    kind: "mail",
    payload: expect.not.objectContaining({ unread: changes.unseen }),
  });
  expect(JSON.stringify(read(changes))).not.toContain("unread");
});

test("keys that the payload gets are never null", () => {
  expect(JSON.stringify(read({ from: "", subject: "", snippet: "" }))).not.toContain("null");
});

test.each([
  { name: "a flag change", event: "flagsSet" },
  { name: "another case", event: "MESSAGENEW" },
  { name: "a blank behind it", event: "messageNew " },
  { name: "no name", event: "" },
])("$name is no new mail, whatever the other fields hold", ({ event }) => {
  expect(readMailNotification({ event, user: 5, folder: null })).toEqual({ kind: "other-event" });
});

test.each([
  { name: "nothing", body: undefined, field: "body" },
  { name: "null", body: null, field: "body" },
  { name: "a list", body: [least], field: "body" },
  { name: "a text", body: "messageNew", field: "body" },
  { name: "an empty object", body: {}, field: "event" },
  { name: "an event that is a number", body: { ...least, event: 1 }, field: "event" },
  { name: "no user", body: { ...least, user: undefined }, field: "user" },
  { name: "a user that is a number", body: { ...least, user: 3 }, field: "user" },
  { name: "no folder", body: { ...least, folder: undefined }, field: "folder" },
  { name: "an empty folder", body: { ...least, folder: "" }, field: "folder" },
  { name: "no UID", body: { ...least, "imap-uid": undefined }, field: "imap-uid" },
  { name: "a UID of 0", body: { ...least, "imap-uid": 0 }, field: "imap-uid" },
  { name: "a negative UID", body: { ...least, "imap-uid": -4 }, field: "imap-uid" },
  { name: "a broken UID", body: { ...least, "imap-uid": 4.5 }, field: "imap-uid" },
  { name: "a UID that is no decimal", body: { ...least, "imap-uid": "0x4" }, field: "imap-uid" },
  { name: "a UID that is endless", body: { ...least, "imap-uid": "4".repeat(11) }, field: "imap-uid" },
  { name: "a subject that is an object", body: { ...least, subject: {} }, field: "subject" },
  { name: "a from that is a list", body: { ...least, from: ["a@b.example"] }, field: "from" },
  { name: "a snippet of more than 64 KB", body: { ...least, snippet: "x".repeat(65_537) }, field: "snippet" },
  { name: "an unseen that is a text", body: { ...least, unseen: "3" }, field: "unseen" },
])("$name is malformed, and $field is named", ({ body, field }) => {
  expect(readMailNotification(body)).toEqual({
    kind: "malformed",
    problem: expect.stringMatching(new RegExp(`^${field}: `)),
  });
});

test("all fields that are wrong are named, and none of their values", () => {
  const secret = "a subject of somebody";
  const read = readMailNotification({
    ...least,
    user: [secret],
    folder: { secret },
    from: [secret],
    subject: { secret },
  });
  const problem = read.kind === "malformed" ? read.problem : "";
  expect(problem.split("; ").map((one) => one.split(":")[0])).toEqual(["user", "folder", "from", "subject"]);
  expect(problem).not.toContain(secret);
});

test.each([
  ["3@7", 3, 7],
  ["2147483647@2147483647", 2_147_483_647, 2_147_483_647],
  ["1@1", 1, 1],
])("%s is user %i of context %i", (text, userId, contextId) => {
  expect(readUser(text)).toEqual({ userId, contextId });
});

test.each([
  "",
  "3",
  "@",
  "3@",
  "@7",
  "3@7@1",
  "anton",
  "anton@7",
  "anton@example.org",
  "0@7",
  "3@0",
  "-3@7",
  "+3@7",
  "03@7",
  "3.0@7",
  "1e3@7",
  "0x3@7",
  " 3@7",
  "3@7 ",
  "3@7\n",
  "3 @7",
  "../3@7",
  "99999999999@7",
  "2147483648@7",
  "3@2147483648",
  "٣@7",
])("'%s' is no user, and a notification for it is malformed", (text) => {
  expect(readUser(text)).toBeUndefined();
  expect(read({ user: text })).toEqual({ kind: "malformed", problem: "user: must be USERID@CONTEXTID" });
});

test("no body throws", () => {
  const field = fc.anything();
  const body = fc.record(
    { user: field, event: fc.constant("messageNew"), folder: field, "imap-uid": field, from: field, unseen: field },
    { requiredKeys: ["event"] },
  );
  fc.assert(
    fc.property(fc.oneof(fc.anything(), body), (any) => {
      expect(["mail", "other-event", "malformed"]).toContain(readMailNotification(any).kind);
    }),
  );
});
