/** What the middleware's answers mean, one row each: both generations of errors, pages, rubbish. */
import { describe, expect, test } from "@jest/globals";
import { judgePeek, judgeProperty, judgeWhoAmI } from "../../../../auth/middleware/answers.ts";
import type { Answer } from "../../../../auth/middleware/answers.ts";
import { MiddlewareFault } from "../../../../auth/middleware/fault.ts";

const id = "0123456789abcdef0123456789abcdef";
const json = (body: unknown, status = 200): Answer => ({
  status,
  contentType: "text/javascript; charset=UTF-8",
  body: JSON.stringify(body),
});
const page = (status: number): Answer => ({ status, contentType: "text/html", body: "<!DOCTYPE html><p>no</p>" });
const data = { session: id, user: "anton", user_id: 3, context_id: 1, locale: "de_DE" };

/** What is thrown, as its kind; anything that is no such fault rises. */
function problemOf(judge: () => unknown): string {
  try {
    return `no fault: ${JSON.stringify(judge())}`;
  } catch (fault) {
    if (fault instanceof MiddlewareFault) return fault.problem;
    throw fault;
  }
}

describe("whoami", () => {
  test("names the user of the session", () => {
    const identity = { contextId: 1, userId: 3, login: "anton", locale: "de_DE" };
    expect(judgeWhoAmI(json({ data }), id)).toEqual({ ok: true, identity });
    expect(judgeWhoAmI(json({ data: { ...data, requires_multifactor: false } }), id)).toMatchObject({ ok: true });
  });

  test.each([
    ["an expired session", json({ code: "SES-0203", error: "x", category: 4 }), "session-unknown"],
    ["a wrong secret of the old generation", json({ code: "SES-0206" }), "session-unknown"],
    ["another address, of the old generation", json({ code: "SES-0205" }), "session-unknown"],
    ["a disabled context", json({ code: "SES-0204" }), "session-unknown"],
    ["a code that was never seen before", json({ code: "SES-4711" }), "session-unknown"],
    ["the same with another status", json({ code: "SES-0203" }, 403), "session-unknown"],
    ["a second factor that is missing", json({ code: "MFA-0001" }), "multifactor-pending"],
    ["the same, told in the data", json({ data: { ...data, requires_multifactor: true } }), "multifactor-pending"],
    ["a page with 403", page(403), "session-unknown"],
    ["a page with 400", page(400), "session-unknown"],
  ])("refuses %s", (_name, answer, reason) => {
    expect(judgeWhoAmI(answer, id)).toEqual({ ok: false, reason });
  });

  test.each([
    ["no session service", json({ code: "SES-0001" }), "server-fault"],
    ["mixed-up ids", json({ code: "SES-0009" }), "server-fault"],
    ["a storage that failed", json({ code: "SES-0208" }), "server-fault"],
    ["an error of something else", json({ code: "SVL-0001" }), "server-fault"],
    ["the data of another session", json({ data: { ...data, session: id.replace("0", "1") } }), "rubbish"],
    ["no user id", json({ data: { ...data, user_id: undefined } }), "rubbish"],
    ["a user id that is a text", json({ data: { ...data, user_id: "3" } }), "rubbish"],
    ["a context id of zero", json({ data: { ...data, context_id: 0 } }), "rubbish"],
    ["data with a status of failure", json({ data }, 500), "status"],
    ["an empty object", json({}), "rubbish"],
    ["a list", json([data]), "rubbish"],
    ["null", json(null), "rubbish"],
    ["an empty body", { ...json({}), body: "" }, "rubbish"],
    ["half an answer", { ...json({}), body: '{"data":{"session"' }, "rubbish"],
    ["a page with 200", page(200), "rubbish"],
    ["a page with 500", page(500), "status"],
    ["a page with 404", page(404), "status"],
    ["a redirect", { status: 302, contentType: "", body: "" }, "status"],
    ["403 without a page", { status: 403, contentType: "text/plain", body: "no" }, "status"],
    ["431 without a page", { status: 431, contentType: "text/plain", body: "too large" }, "request"],
    ["429", { status: 429, contentType: "text/plain", body: "slow down" }, "status"],
  ])("says nothing about the session with %s", (_name, answer, problem) => {
    expect(problemOf(() => judgeWhoAmI(answer, id))).toBe(problem);
  });

  test("a fault repeats nothing of the answer but its code", () => {
    expect(() => judgeWhoAmI(json({ code: `X\n${id}` }), id)).toThrow("it answered with the error X?0123456789abcd");
    expect(() => judgeWhoAmI({ ...json({}), body: id }, id)).toThrow("something else than asked for");
  });
});

describe("a peek", () => {
  const user = { contextId: 1, userId: 3 };
  test.each([
    ["the user of the session", json({ context: 1, user: 3 }), true],
    ["the same with more fields", json({ context: 1, user: 3, guest: false, cryptoSessionId: "x" }), true],
    ["an empty object", json({}), false],
    ["another user", json({ context: 1, user: 4 }), false],
    ["the same user of another context", json({ context: 2, user: 3 }), false],
  ])("%s", (_name, answer, alive) => {
    expect(judgePeek(answer, user)).toBe(alive);
  });

  test.each([
    ["wrong credentials", json({}, 401), "credentials"],
    ["forbidden", page(403), "credentials"],
    ["an object of something else", json({ error: "overloaded" }), "rubbish"],
    ["half of the ids", json({ context: 1 }), "rubbish"],
    ["ids that are texts", json({ context: "1", user: "3" }), "rubbish"],
    ["an empty list", json([]), "rubbish"],
    ["an empty body", { ...json({}), body: "" }, "rubbish"],
    ["an empty object with a status of failure", json({}, 500), "status"],
    ["no such route", page(404), "status"],
  ])("says nothing with %s", (_name, answer, problem) => {
    expect(problemOf(() => judgePeek(answer, user))).toBe(problem);
  });
});

describe("a property", () => {
  const name = "com.openexchange.websockets.enabled";
  test.each([
    ["true", json({ [name]: "true" }), "true"],
    ["a text that is empty", json({ [name]: "" }), ""],
    ["a boolean", json({ [name]: false }), "false"],
    ["nobody defines it", json({}, 404), undefined],
    ["it is missing", json({}), undefined],
    ["it is null", json({ [name]: null }), undefined],
  ])("%s", (_name, answer, text) => {
    expect(judgeProperty(answer, name)).toBe(text);
  });

  test.each([
    ["wrong credentials", json({}, 401), "credentials"],
    ["no cascade", json({}, 503), "status"],
    ["a number", json({ [name]: 1 }), "rubbish"],
    ["a page", page(200), "rubbish"],
  ])("says nothing with %s", (_name, answer, problem) => {
    expect(problemOf(() => judgeProperty(answer, name))).toBe(problem);
  });
});
