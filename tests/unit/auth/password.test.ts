import { randomBytes, scryptSync } from "node:crypto";
import { expect, test } from "@jest/globals";
import { hashPassword, parsePasswordHash, verifyPassword, type PasswordHash } from "../../../auth/password.ts";

const parsed = (text: string): PasswordHash => {
  const hash = parsePasswordHash(text);
  if (hash === undefined) throw new Error(`no scrypt string: ${text}`);
  return hash;
};
const base64 = (bytes: Buffer): string => bytes.toString("base64").replace(/=+$/, "");

test("a password fits its own hash and no other does", async () => {
  const hash = parsed(await hashPassword("correct horse", randomBytes));
  expect(await verifyPassword("correct horse", hash)).toBe(true);
  expect(await verifyPassword("correct horsf", hash)).toBe(false);
  expect(await verifyPassword("", hash)).toBe(false);
});

test("the same password has another hash each time, as its salt is random", async () => {
  expect(await hashPassword("secret", randomBytes)).not.toBe(await hashPassword("secret", randomBytes));
});

test("a hash says how it was made, so that any scrypt can check it", async () => {
  const text = await hashPassword("secret", () => Buffer.from("0123456789abcdef"));
  const key = scryptSync("secret", "0123456789abcdef", 32, { N: 2 ** 15, r: 8, p: 3, maxmem: 2 ** 26 });
  expect(text).toBe(`$scrypt$ln=15,r=8,p=3$${base64(Buffer.from("0123456789abcdef"))}$${base64(key)}`);
});

test("hashes with other parameters keep working", async () => {
  const salt = Buffer.from("other salt");
  const key = scryptSync("secret", salt, 64, { N: 1024, r: 4, p: 2 });
  const hash = parsed(`$scrypt$ln=10,r=4,p=2$${base64(salt)}$${base64(key)}`);
  expect(await verifyPassword("secret", hash)).toBe(true);
  expect(await verifyPassword("Secret", hash)).toBe(false);
});

test("an umlaut fits whether it was typed as one character or as two", async () => {
  const hash = parsed(await hashPassword("M\u00fcnchen", randomBytes));
  expect(await verifyPassword("Mu\u0308nchen", hash)).toBe(true);
});

const salt = "MDEyMzQ1Njc4OWFiY2RlZg";
const key = "A".repeat(43);
test.each([
  { name: "a plain password", text: "secret" },
  { name: "nothing", text: "" },
  { name: "another algorithm", text: `$argon2id$v=19$m=65536,t=2,p=1$${salt}$${key}` },
  { name: "a cost that would take gigabytes", text: `$scrypt$ln=24,r=8,p=1$${salt}$${key}` },
  { name: "a block size that would take gigabytes", text: `$scrypt$ln=18,r=99,p=1$${salt}$${key}` },
  { name: "too many rounds", text: `$scrypt$ln=10,r=8,p=17$${salt}$${key}` },
  { name: "a cost of nothing", text: `$scrypt$ln=0,r=8,p=1$${salt}$${key}` },
  { name: "a key that is too short to mean anything", text: `$scrypt$ln=15,r=8,p=1$${salt}$AAAA` },
  { name: "something behind the key", text: `$scrypt$ln=15,r=8,p=1$${salt}$${key}$` },
])("$name is no password hash", ({ text }) => {
  expect(parsePasswordHash(text)).toBeUndefined();
});

test("checking a password leaves the event loop free", async () => {
  const hash = parsed(await hashPassword("secret", randomBytes));
  let turns = 0;
  let checking = true;
  const count = (): void => {
    turns += 1;
    if (checking) setImmediate(count);
  };
  setImmediate(count);
  await verifyPassword("secret", hash);
  checking = false;
  expect(turns).toBeGreaterThan(100);
});
