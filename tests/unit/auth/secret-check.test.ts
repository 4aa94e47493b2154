import { expect, test } from "@jest/globals";
import { provenHash } from "../../../auth/index.ts";
import { exampleSession, exampleUserAgent } from "../../support/example-session.ts";

const rules = { source: "calculate", salt: "replaceMe1234567890", fields: [] } as const;
const ie11 = "Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko";
const calculated = "ewVgq30ckdZgPB629cI0bA";
const session = exampleSession({ hash: "remembered" });

test.each([
  { name: "the calculated name", userAgent: exampleUserAgent, hash: calculated, value: session.secret, proven: true },
  { name: "the remembered name", userAgent: ie11, hash: "remembered", value: session.secret, proven: true },
  {
    name: "a name that does not count",
    userAgent: exampleUserAgent,
    hash: "remembered",
    value: session.secret,
    proven: false,
  },
  { name: "another value", userAgent: exampleUserAgent, hash: calculated, value: "x", proven: false },
])("a secret under $name proves the session by that name: $proven", ({ userAgent, hash, value, proven }) => {
  const cookies = { [`open-xchange-secret-${hash}`]: value };
  const request = { cookies, headers: { "user-agent": userAgent }, purpose: "request" } as const;
  expect(provenHash(session, request, rules)).toBe(proven ? hash : undefined);
});

test("of a stale and a sound secret the sound one proves, whatever their order", () => {
  const cookies = {
    "open-xchange-secret-remembered": session.secret,
    [`open-xchange-secret-${calculated}`]: "stale",
  };
  const request = { cookies, headers: { "user-agent": ie11 }, purpose: "request" } as const;
  expect(provenHash(session, request, rules)).toBe("remembered");
});
