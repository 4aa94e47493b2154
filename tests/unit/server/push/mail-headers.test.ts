/** `from` and `subject` come as they stand in the mail: encoded, folded, broken. What each must give, and that none can hurt. */
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { readMailNotification } from "../../../../server/push/mail.ts";
import type { MailPayload } from "../../../../server/push/mail.ts";

/** The payload of a notification with these headers, without what every notification has. */
function headersOf(headers: { readonly from?: string; readonly subject?: string }): Partial<MailPayload> {
  const read = readMailNotification({ user: "3@7", event: "messageNew", folder: "INBOX", "imap-uid": 4, ...headers });
  if (read.kind !== "mail") throw new Error(`not taken: ${JSON.stringify(read)}`);
  const { folder, id, ...rest } = read.payload;
  expect({ folder, id }).toEqual({ folder: "default0/INBOX", id: "4" });
  return rest;
}

const jm = "jm@example.org";
const jürgen = { email: jm, displayname: "Jürgen" };

test.each([
  { name: "an address alone", from: jm, sender: { email: jm } },
  { name: "an address in brackets", from: `<${jm}>`, sender: { email: jm } },
  {
    name: "a name in plain letters",
    from: `Jurgen Muller <${jm}>`,
    sender: { email: jm, displayname: "Jurgen Muller" },
  },
  { name: "a name in UTF-8", from: `Jürgen <${jm}>`, sender: jürgen },
  { name: "a Q word", from: `=?utf-8?q?J=C3=BCrgen?= <${jm}>`, sender: jürgen },
  { name: "a B word", from: `=?UTF-8?B?SsO8cmdlbg==?= <${jm}>`, sender: jürgen },
  { name: "a B word without padding", from: `=?UTF-8?B?SsO8cmdlbg?= <${jm}>`, sender: jürgen },
  { name: "Latin 1", from: `=?ISO-8859-1?Q?J=FCrgen?= <${jm}>`, sender: jürgen },
  {
    name: "quotes of Windows 1252",
    from: `=?windows-1252?q?=93JM=94?= <${jm}>`,
    sender: { email: jm, displayname: "“JM”" },
  },
  { name: "a language tag", from: `=?utf-8*de?q?J=C3=BCrgen?= <${jm}>`, sender: jürgen },
  { name: "an encoded word inside of quotes", from: `"=?utf-8?q?J=C3=BCrgen?=" <${jm}>`, sender: jürgen },
  { name: "a name in a comment", from: `${jm} (Jürgen)`, sender: jürgen },
  { name: "an encoded name in a comment", from: `${jm} (=?utf-8?q?J=C3=BCrgen?=)`, sender: jürgen },
  {
    name: "two words, one encoded",
    from: `Hans =?utf-8?q?J=C3=BCrgen?= <${jm}>`,
    sender: { email: jm, displayname: "Hans Jürgen" },
  },
  { name: "a name folded between its words", from: `=?utf-8?q?J=C3=BC?=\n =?utf-8?q?rgen?= <${jm}>`, sender: jürgen },
  { name: "an address on the next line", from: `Jürgen\r\n\t<${jm}>`, sender: jürgen },
  {
    name: "an emoji split over two words",
    from: `=?UTF-8?B?8J+Y?= =?UTF-8?B?gA==?= <${jm}>`,
    sender: { email: jm, displayname: "😀" },
  },
  {
    name: "a comma inside of quotes",
    from: `"Müller, Jürgen" <${jm}>`,
    sender: { email: jm, displayname: "Müller, Jürgen" },
  },
  {
    name: "a comma inside of an encoded word",
    from: `=?utf-8?q?M=C3=BCller=2C_J=C3=BCrgen?= <${jm}>`,
    sender: { email: jm, displayname: "Müller, Jürgen" },
  },
  { name: "escaped quotes", from: `"J \\"M\\" M" <${jm}>`, sender: { email: jm, displayname: 'J "M" M' } },
  { name: "an empty name", from: `"" <${jm}>`, sender: { email: jm } },
  { name: "a name of blanks", from: `"  " <${jm}>`, sender: { email: jm } },
  { name: "a name that is the address", from: `${jm} <${jm}>`, sender: { email: jm } },
  {
    name: "a name that is another address",
    from: `"boss@example.org" <${jm}>`,
    sender: { email: jm, displayname: "boss@example.org" },
  },
  {
    name: "an encoded name that holds another address",
    from: `=?utf-8?q?Boss_=3Cboss=40example=2Eorg=3E?= <${jm}>`,
    sender: { email: jm, displayname: "Boss <boss@example.org>" },
  },
  { name: "several addresses", from: `Jürgen <${jm}>, Anna <anna@example.org>`, sender: jürgen },
  { name: "an empty entry in front", from: `, Jürgen <${jm}>`, sender: jürgen },
  { name: "a group with members", from: `Team: Jürgen <${jm}>, anna@example.org;`, sender: jürgen },
  { name: "an empty group", from: "Undisclosed:;", sender: {} },
  { name: "an empty group in front of an address", from: `Undisclosed recipients:;, ${jm}`, sender: { email: jm } },
  { name: "an internationalised address", from: "jürgen@exämple.org", sender: { email: "jürgen@exämple.org" } },
  {
    name: "a host without a dot",
    from: "root@localhost (Cron Daemon)",
    sender: { email: "root@localhost", displayname: "Cron Daemon" },
  },
  { name: "an address literal", from: "jm@[192.0.2.1]", sender: { email: "jm@[192.0.2.1]" } },
  {
    name: "broken bytes, already replaced",
    from: `J\ufffdrgen <${jm}>`,
    sender: { email: jm, displayname: "J\ufffdrgen" },
  },
  { name: "a charset nobody knows", from: `=?x-none?q?J=FCrgen?= <${jm}>`, sender: jürgen },
  { name: "base64 that is none", from: `=?utf-8?b?!!!?= <${jm}>`, sender: { email: jm } },
  {
    name: "a word that never ends",
    from: `=?utf-8?q?J=C3=BC <${jm}>`,
    sender: { email: jm, displayname: "=?utf-8?q?J=C3=BC" },
  },
  { name: "names of JavaScript", from: `constructor <${jm}>`, sender: { email: jm, displayname: "constructor" } },
  { name: "nothing", from: "", sender: {} },
  { name: "blanks and line breaks", from: " \r\n ", sender: {} },
  { name: "commas only", from: ",,;", sender: {} },
])("from $name gives $sender", ({ from, sender }) => {
  expect(headersOf({ from })).toEqual(sender);
});

test.each([
  { name: "a name without an address", from: "MAILER-DAEMON", email: "MAILER-DAEMON" },
  { name: "encoded text without an address", from: "=?utf-8?q?Caf=C3=A9?=", email: "Café" },
  { name: "an unquoted comma in the name", from: `Müller, Jürgen <${jm}>`, email: `Müller, Jürgen <${jm}>` },
  { name: "an encoded word that never ends", from: "=?utf-8?b?broken", email: "=?utf-8?b?broken" },
  { name: "empty brackets", from: "<>", email: "<>" },
  { name: "an @ alone", from: "@", email: "@" },
  { name: "two @ in a row", from: "a@b@c.example", email: "a@b@c.example" },
  { name: "a route of RFC 822", from: `<@a.example,@b.example:${jm}>`, email: `<@a.example,@b.example:${jm}>` },
  { name: "a quoted local part with a blank", from: '"a b"@example.org', email: '"a b"@example.org' },
])("from $name has no address that could be told: the decoded text stands for it", ({ from, email }) => {
  expect(headersOf({ from })).toEqual({ email });
});

test.each([
  { name: "plain text", subject: "Hello", text: "Hello" },
  { name: "nothing", subject: "", text: "" },
  { name: "UTF-8 as it is", subject: "Äpfel 🍎", text: "Äpfel 🍎" },
  { name: "a B word", subject: "=?utf-8?b?w4RwZmVs?=", text: "Äpfel" },
  {
    name: "a Q word with underscores and blanks",
    subject: "=?utf-8?Q?=C3=84pfel_und_Birnen=20?=",
    text: "Äpfel und Birnen ",
  },
  { name: "lower-case hex digits", subject: "=?utf-8?q?=c3=84pfel?=", text: "Äpfel" },
  { name: "words in the middle of a text", subject: "Re: =?utf-8?q?=C3=84pfel?= (2)", text: "Re: Äpfel (2)" },
  { name: "Latin 1", subject: "=?iso-8859-1?q?=C4pfel?=", text: "Äpfel" },
  { name: "Latin 9", subject: "=?iso-8859-15?q?10_=A4?=", text: "10 €" },
  { name: "Windows 1252", subject: "=?windows-1252?q?10_=80?=", text: "10 €" },
  { name: "Windows 1252 in B", subject: "=?Windows-1252?B?k2GUIJYgkmKS?=", text: "“a” – ’b’" },
  { name: "Windows 1252 that calls itself Latin 1", subject: "=?iso-8859-1?q?=93a=94_=85?=", text: "“a” …" },
  { name: "Cyrillic", subject: "=?koi8-r?B?8NLJ18XU?=", text: "Привет" },
  { name: "Japanese", subject: "=?ISO-2022-JP?B?GyRCRnxLXBsoQg==?=", text: "日本" },
  { name: "simplified Chinese", subject: "=?gb2312?B?1tC5+g==?=", text: "中国" },
  { name: "two words, the blank between them dropped", subject: "=?utf-8?q?a?= =?utf-8?q?b?=", text: "ab" },
  { name: "two words of different charsets", subject: "=?utf-8?q?=C3=84?= =?iso-8859-1?q?=C4?=", text: "ÄÄ" },
  { name: "two words of different encodings", subject: "=?utf-8?q?=C3=84?= =?utf-8?b?w4Q=?=", text: "ÄÄ" },
  { name: "a word and a text, the blank between them kept", subject: "=?utf-8?q?a?= b", text: "a b" },
  { name: "a letter split over two Q words", subject: "=?utf-8?q?=C3?= =?utf-8?q?=84pfel?=", text: "Äpfel" },
  { name: "an emoji split over two Q words", subject: "=?UTF-8?Q?Hi_=F0=9F?=\r\n =?UTF-8?Q?=98=80?=", text: "Hi 😀" },
  { name: "an emoji split over two B words", subject: "=?UTF-8?B?8J+Y?=\n\t=?UTF-8?B?gA==?=", text: "😀" },
  { name: "a folded plain text", subject: "a long\r\n subject", text: "a long subject" },
  { name: "a text folded by a line feed and a blank", subject: "a long\n subject", text: "a long subject" },
  { name: "a text folded by a tabulator", subject: "a long\r\n\tsubject", text: "a long\tsubject" },
  { name: "broken bytes, already replaced", subject: "\ufffdpfel", text: "\ufffdpfel" },
  { name: "bytes in a word that are no UTF-8", subject: "=?utf-8?q?=FFpfel?=", text: "\ufffdpfel" },
  { name: "a charset nobody knows", subject: "=?x-none?q?plain?=", text: "plain" },
  { name: "an encoding nobody knows", subject: "=?utf-8?x?plain?=", text: "=?utf-8?x?plain?=" },
  { name: "a word that never ends", subject: "=?utf-8?q?never", text: "=?utf-8?q?never" },
  { name: "an empty word", subject: "=?utf-8?q??=", text: "" },
  { name: "half an escape", subject: "=?utf-8?q?a=C?=", text: "a=C" },
  { name: "text that only looks like a word", subject: "a =? b ?= c", text: "a =? b ?= c" },
  {
    name: "a word that decodes to a word, once",
    subject: "=?utf-8?q?=3D=3Futf-8=3Fq=3Fa=3F=3D?=",
    text: "=?utf-8?q?a?=",
  },
  { name: "markup, left to the browser", subject: "<b>&amp;", text: "<b>&amp;" },
])("a subject of $name reads '$text'", ({ subject, text }) => {
  expect(headersOf({ subject })).toEqual({ subject: text });
});

const limit = 65_536;
/** As often as it fits into the longest header. */
const repeated = (text: string): string => text.repeat(Math.ceil(limit / text.length)).slice(0, limit);

/** Only a blow-up takes longer, even on a machine that is busy with other things. */
const longestMs = 200;

function expectQuick(header: string): void {
  let bestMs = Infinity;
  for (let i = 0; i < 3 && bestMs > longestMs; i++) {
    const beganAt = performance.now();
    headersOf({ from: header, subject: header });
    bestMs = Math.min(bestMs, performance.now() - beganAt);
  }
  expect(bestMs).toBeLessThanOrEqual(longestMs);
}

// prettier-ignore
const hurtful = [
  ",", ";", ":", "a:", "a:;", ":;", "a:b:", "a:b,c;", "<", ">", "<>", "<a@b>", "a@b,", "@", "a@", "@a", " ", "\t", "\n ", "\r\n ", '"',
  "\\", '"\\', '"a" ', "(", "()", "((", "a (b) ", "?", "=", "=?", "=?a?q?", "=?a?q??=", "=?utf-8?q?a", "=?utf-8?B?AAAA?=", "=?utf-8?B?AAAA?= ",
  "=?utf-8?Q?=C3?= ", "=?utf-8?b?/w==?= ", "=?utf-8?q?<a@b>?=", "=?utf-8?q?<a@b>?= ,", "=?iso-2022-jp?B?GyRC?= ", "=?x-none?q?a?= ", "a<b>", "\u0000", "ü", "\ud83d",
];

test.each(hurtful)("64 KB of %j are read in no time", (text) => {
  expectQuick(repeated(text));
});

test("no header throws or takes long, whatever it repeats", () => {
  const part = fc.oneof(fc.constantFrom(...hurtful), fc.string({ unit: "binary" }));
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 4 }), (parts) => {
      expectQuick(repeated(`${parts.join("")} `)); // repeated in here: a report of a failure stays short
    }),
    { numRuns: 60 },
  );
}, 60_000);

test("no header throws, whatever is in it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 500 }), fc.array(fc.constantFrom(...hurtful)), (text, parts) => {
      for (const header of [text, parts.join(text.slice(0, 3))]) headersOf({ from: header, subject: header });
    }),
  );
});
