/**
 * Dovecot's http-notify body, and the event that the App Suite UI expects for it. Pure: no HTTP, no sockets.
 * Source of names, types and conditions: the reference's `DovecotPushRESTService` and Dovecot's `push-notification-driver-ox`.
 */
import { addressParser, decodeWords } from "postal-mime";
import type { Address } from "postal-mime";
import { z } from "zod";

export const mailEvent = "ox:mail:new";

/** What a mail notification tells the browser. Absent fields are left out, never null. */
export interface MailPayload {
  readonly folder: string;
  /** IMAP UID in decimal. */
  readonly id: string;
  readonly email?: string;
  readonly displayname?: string;
  readonly subject?: string;
  readonly unread?: number;
  readonly teaser?: string;
}

export type MailNotification =
  | { readonly kind: "mail"; readonly contextId: number; readonly userId: number; readonly payload: MailPayload }
  | { readonly kind: "other-event" } // accepted, nothing to do
  | { readonly kind: "malformed"; readonly problem: string };

const headerText = z.string().max(65_536).optional();
const anyEvent = z.looseObject({ event: z.string() });
const newMail = z.looseObject({
  user: z.string(),
  folder: z.string().min(1),
  "imap-uid": z.union([z.int().positive(), z.string().regex(/^[1-9]\d{0,9}$/, "must be a number")]),
  from: headerText,
  subject: headerText,
  snippet: headerText,
  unseen: z.number().optional(),
});

/** Dovecot writes `messageNew`, its documentation `MessageNew`. */
const isNewMail = (event: string): boolean => event === "messageNew" || event === "MessageNew";

export function readMailNotification(body: unknown): MailNotification {
  const any = anyEvent.safeParse(body);
  if (!any.success) return malformed(any.error);
  if (!isNewMail(any.data.event)) return { kind: "other-event" };
  const mail = newMail.safeParse(body);
  if (!mail.success) return malformed(mail.error);
  const user = readUser(mail.data.user);
  if (user === undefined) return { kind: "malformed", problem: "user: must be USERID@CONTEXTID" };
  return { kind: "mail", ...user, payload: payloadOf(mail.data) };
}

/** `USERID@CONTEXTID`, both positive 32-bit integers in plain decimal. */
export function readUser(text: string): { readonly userId: number; readonly contextId: number } | undefined {
  const [, user, context] = /^([1-9]\d{0,9})@([1-9]\d{0,9})$/.exec(text) ?? [];
  const userId = Number(user);
  const contextId = Number(context);
  return userId <= maxId && contextId <= maxId ? { userId, contextId } : undefined; // NaN compares as false
}
const maxId = 2 ** 31 - 1;

function payloadOf(mail: z.infer<typeof newMail>): MailPayload {
  return {
    folder: `default0/${mail.folder}`,
    id: String(mail["imap-uid"]),
    ...(mail.from === undefined ? {} : senderOf(unfolded(mail.from))),
    ...(mail.subject === undefined ? {} : { subject: repaired(decodeWords(unfolded(mail.subject))) }),
    ...(mail.unseen !== undefined && Number.isInteger(mail.unseen) && mail.unseen >= 0 ? { unread: mail.unseen } : {}),
    ...(mail.snippet === undefined ? {} : { teaser: mail.snippet }),
  };
}

/** Header lines come folded (RFC 5322, 2.2.3): the line break goes, the blank behind it stays. */
const unfolded = (header: string): string => header.replace(/\r?\n(?=[ \t])/g, "");

/**
 * The first address, its name decoded. A header without any address (an empty group, nothing at all) gives no sender;
 * text that is no address stands as the address itself, decoded.
 */
function senderOf(header: string): { readonly email?: string; readonly displayname?: string } {
  const parsed = addressParser(header.slice(0, maxSenderLength));
  const first = parsed.flatMap((entry: Address) => entry.group ?? [entry])[0];
  if (first === undefined) return {};
  if (!/^[^\s<>@]+@[^\s<>@]+$/.test(first.address)) return { email: repaired(decodeWords(header)).trim() };
  const name = repaired(first.name).trim();
  return { email: first.address, ...(name === "" ? {} : { displayname: name }) };
}

/** More than any first address takes; groups in groups cost the parser fifty passes over all of the header. */
const maxSenderLength = 8_192;

/**
 * Node 20 decodes windows-1252 as Latin 1, so that quotes, dashes and the euro sign of many mails come out as control
 * characters. No header means those: they are what windows-1252 has in their place.
 */
const repaired = (text: string): string =>
  text.replace(/[\x80-\x9f]/g, (char) => windows1252[char.charCodeAt(0) - 0x80] ?? char);
const windows1252 = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/** Names each field that is wrong; never repeats its value, which may be mail content. */
const malformed = (error: z.ZodError): MailNotification => ({
  kind: "malformed",
  problem: error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; "),
});
