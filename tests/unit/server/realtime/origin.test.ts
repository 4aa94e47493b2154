import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { isOriginAllowed, normalOrigin } from "../../../../server/realtime/origin.ts";
import type { Allowed } from "../../../../server/realtime/origin.ts";

const seenAs = { scheme: "https", host: "mail.example.com" };

test.each([
  { name: "the page of the service itself may connect", origin: "https://mail.example.com", allowed: true },
  { name: "the default port may be written out", origin: "https://mail.example.com:443", allowed: true },
  { name: "the case of the host does not matter", origin: "https://Mail.Example.COM", allowed: true },
  { name: "wss counts as https", origin: "wss://mail.example.com", allowed: true },
  { name: "another scheme is another origin", origin: "http://mail.example.com", allowed: false },
  { name: "another port is another origin", origin: "https://mail.example.com:8443", allowed: false },
  { name: "another host is another origin", origin: "https://evil.example", allowed: false },
  { name: "a sub-domain is another origin", origin: "https://evil.mail.example.com", allowed: false },
  { name: "the host as the beginning of another one is refused", origin: "https://mail.example.com.evil.example" },
  { name: "the host as the end of another one is refused", origin: "https://evilmail.example.com" },
  { name: "the host as the user of another one is refused", origin: "https://mail.example.com@evil.example" },
  { name: "the host with a user before it is refused", origin: "https://user@mail.example.com" },
  { name: "a sandboxed frame is refused", origin: "null" },
  { name: "an empty origin is refused", origin: "" },
  { name: "a path behind the host is refused", origin: "https://mail.example.com/" },
  { name: "a query behind the host is refused", origin: "https://mail.example.com?x" },
  { name: "a backslash is refused", origin: "https://mail.example.com\\@evil.example" },
  { name: "a scheme of the file system is refused", origin: "file://" },
  { name: "a scheme of an extension is refused", origin: "chrome-extension://mail.example.com" },
  { name: "a host without a scheme is refused", origin: "mail.example.com" },
  { name: "a repeated header is refused", origin: "https://mail.example.com, https://mail.example.com" },
  { name: "blanks are refused", origin: " https://mail.example.com" },
  { name: "a port that no host has is refused", origin: "https://mail.example.com:99999" },
  { name: "a broken escape is refused", origin: "https://mail%.example.com" },
])("$name", ({ origin, allowed = false }) => {
  expect(isOriginAllowed({ origin }, seenAs, "same-origin")).toBe(allowed);
});

test.each([
  { name: "http and its default port", scheme: "http", host: "localhost:80", origin: "http://localhost" },
  { name: "http and a port of its own", scheme: "http", host: "localhost:8009", origin: "http://localhost:8009" },
  { name: "an IPv6 address", scheme: "http", host: "[::1]:8009", origin: "http://[::1]:8009" },
])("same origin holds for $name", ({ scheme, host, origin }) => {
  expect(isOriginAllowed({ origin }, { scheme, host }, "same-origin")).toBe(true);
});

test("without a host no origin is the same", () => {
  expect(isOriginAllowed({ origin: "http://undefined" }, { scheme: "http", host: undefined }, "same-origin")).toBe(
    false,
  );
});

test("a host that is none matches nothing", () => {
  expect(isOriginAllowed({ origin: "http://a" }, { scheme: "http", host: "a/b" }, "same-origin")).toBe(false);
});

test.each([
  { name: "a listed origin may connect", origin: "https://portal.example.org", expected: true },
  { name: "a listed origin may be spelled another way", origin: "wss://PORTAL.example.org:443", expected: true },
  { name: "the second of the list counts as well", origin: "http://localhost:3000", expected: true },
  { name: "the own host is refused when it is not listed", origin: "https://mail.example.com", expected: false },
  { name: "an entry that is no origin allows nothing", origin: "https://star.example", expected: false },
  { name: "a null origin is not allowed by an entry null", origin: "null", expected: false },
])("with a list, $name", ({ origin, expected }) => {
  const allowed: Allowed = ["https://portal.example.org", "http://localhost:3000", "*", "null", "star.example"];
  expect(isOriginAllowed({ origin }, seenAs, allowed)).toBe(expected);
});

test.each([
  { secFetchSite: undefined, allowed: true, who: "a native client" },
  { secFetchSite: "same-origin", allowed: true, who: "a page of the service" },
  { secFetchSite: "none", allowed: true, who: "a person who typed the address" },
  { secFetchSite: "same-site", allowed: false, who: "a page of a neighbour domain" },
  { secFetchSite: "cross-site", allowed: false, who: "a foreign page" },
])("without Origin, $who with Sec-Fetch-Site $secFetchSite is allowed: $allowed", ({ secFetchSite, allowed }) => {
  expect(isOriginAllowed({ secFetchSite }, seenAs, "same-origin")).toBe(allowed);
});

test("no header text throws, and what is let in is the origin itself in one of its spellings", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.webUrl(),
        fc.string().map((text) => `https://${text}`),
      ),
      (origin) => {
        const allowed = isOriginAllowed({ origin }, seenAs, "same-origin");
        expect(allowed).toBe(/^(https|wss):\/\/mail\.example\.com(:0*443|:)?$/i.test(origin));
      },
    ),
  );
});

test("an origin in its one spelling stays as it is", () => {
  fc.assert(
    fc.property(fc.webUrl(), (url) => {
      const origin = normalOrigin(new URL(url).origin);
      expect(origin).toBe(new URL(url).origin);
      expect(normalOrigin(origin ?? "")).toBe(origin);
    }),
  );
});
