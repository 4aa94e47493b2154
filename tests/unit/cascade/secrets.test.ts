/** Which values of an installation's files count as secrets. */
import { expect, test } from "@jest/globals";
import { isSecret } from "../../../cascade/index.ts";

const origin = { from: "file", file: "/opt/open-xchange/etc/a.properties", line: 1 } as const;
const undeclared = (name: string, text = "x"): boolean => isSecret(name, { text, origin }, undefined);

test.each([
  "writePassword",
  "com.openexchange.mail.masterPassword",
  "com.openexchange.sessiond.encryptionKey",
  "com.openexchange.cookie.hash.salt",
  "com.openexchange.share.cryptKey",
  "com.openexchange.passwordcrypt.passCrypt",
  "com.openexchange.some.apiKey",
  "com.openexchange.some.access_key",
  "com.openexchange.some.clientSecret",
  "com.openexchange.some.tokens",
  "MASTER_ADMIN_PW",
  "io.ox/core//some/secret",
  "key",
  "com.openexchange.share.obfuscationKey",
  "com.openexchange.some.password.1",
])("%s is a secret", (name) => {
  expect(undeclared(name)).toBe(true);
});

test.each([
  "com.openexchange.mail.passwordSource",
  "com.openexchange.websockets.enabled",
  "com.openexchange.tokenlogin",
  "com.openexchange.keystore",
  "com.openexchange.monkey",
  "com.openexchange.some.bypass.enabled",
])("%s is none", (name) => {
  expect(undeclared(name)).toBe(false);
});

test("a declared setting says itself whether it is one", () => {
  expect(isSecret("com.openexchange.some.token", { text: "x", origin }, { secret: false })).toBe(false);
  expect(isSecret("com.openexchange.some.name", { text: "x", origin }, { secret: true })).toBe(true);
});

test("a URL with a password in it is one, a URL without is none", () => {
  expect(undeclared("readUrl", "jdbc:mysql://ox:geheim@db/ox")).toBe(true);
  expect(undeclared("readUrl", "jdbc:mysql://localhost:3306/ox?user=a@b")).toBe(false);
});

test.each([
  ["readProperty.2", "password=db_password"],
  ["writeProperty.3", "user=ox; password = x"],
  ["readUrl", "jdbc:mysql://db/ox?user=ox&password=geheim"],
  ["readUrl", "jdbc:mysql://ox:ge/heim@db/ox"],
])("a value that names a password inside is one: %s=%s", (name, text) => {
  expect(undeclared(name, text)).toBe(true);
});

test.each(["useUnicode=true", "jdbc:mysql://db:3306/ox?passwordCharacterEncoding=utf8"])(
  "connection properties without one are none: %s",
  (text) => {
    expect(undeclared("readProperty.1", text)).toBe(false);
  },
);

test("whatever stands in mpasswd is one", () => {
  const there = { from: "file", file: "/opt/open-xchange/etc/mpasswd", line: 1 } as const;
  expect(isSecret("oxadminmaster", { text: "{CRYPT_SHA1}x", origin: there }, undefined)).toBe(true);
});
