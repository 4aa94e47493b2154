/** The user's flag: what a text means, how long it is kept, and what an outage changes. */
import { expect, test } from "@jest/globals";
import { createEnabledFlag } from "../../../../auth/middleware/enabled-flag.ts";
import type { Answer } from "../../../../auth/middleware/answers.ts";
import { MiddlewareFault } from "../../../../auth/middleware/fault.ts";
import type { Question } from "../../../../auth/middleware/upstreams.ts";

const property = "com.openexchange.websockets.enabled";
const says = (text: string): Answer => ({ status: 200, contentType: "", body: JSON.stringify({ [property]: text }) });
const undefinedThere: Answer = { status: 404, contentType: "", body: "" };
const user = { contextId: 7, userId: 3 };

function rig(local = true) {
  const asked: Question[] = [];
  const made = {
    clock: { nowMs: 0 },
    asked,
    stale: 0,
    shared: 0,
    answer: (): Promise<Answer> => Promise.resolve(says("true")),
  };
  const flag = createEnabledFlag({
    ask: async (question, judge) => {
      asked.push(question);
      return judge(await made.answer());
    },
    property,
    authorization: "Basic eA==",
    local: () => local,
    nowMs: () => made.clock.nowMs,
    onShared: () => made.shared++,
    onStale: () => made.stale++,
  });
  return Object.assign(made, { flag });
}

test("it is asked with the context before the user, and with credentials", async () => {
  const { flag, asked } = rig();
  await flag(user);
  expect(asked).toEqual([
    {
      path: `/preliminary/configuration/v1/property/${property}/7/3`,
      headers: { accept: "application/json", authorization: "Basic eA==" },
    },
  ]);
});

test.each([
  ["true", says("true"), true],
  ["capitals", says(" TRUE "), true],
  ["false", says("false"), false],
  ["an empty text", says(""), false],
  ["any other text", says("yes"), false],
])("%s", async (_name, answer, enabled) => {
  const made = rig();
  made.answer = () => Promise.resolve(answer);
  expect(await made.flag(user)).toBe(enabled);
});

test.each([true, false])("where the middleware does not define it, the settings here count: %p", async (local) => {
  const made = rig(local);
  made.answer = () => Promise.resolve(undefinedThere);
  expect(await made.flag(user)).toBe(local);
});

test("it is asked once for a burst and again after five seconds, for each user", async () => {
  const { flag, asked, clock } = rig();
  await Promise.all([flag(user), flag(user), flag({ contextId: 1, userId: 3 })]);
  expect(asked.length).toBe(2);
  clock.nowMs = 4_999;
  await flag(user);
  expect(asked.length).toBe(2);
  clock.nowMs = 5_000;
  await flag(user);
  expect(asked.length).toBe(3);
});

test("whoever must know the present state asks anew, and falls back to the last answer alone", async () => {
  const made = rig();
  await made.flag(user);
  made.answer = () => Promise.resolve(says("false"));
  expect([await made.flag(user), await made.flag(user, 0)]).toEqual([true, false]);
  made.answer = () => Promise.reject(new MiddlewareFault("timeout", "no answer"));
  expect(await made.flag(user, 0)).toBe(false);
});

test("an outage of ten minutes changes nobody's mind; a longer one leaves nobody to tell", async () => {
  const made = rig();
  made.answer = () => Promise.resolve(says("false"));
  await made.flag(user);
  made.answer = () => Promise.reject(new MiddlewareFault("timeout", "no answer"));
  made.clock.nowMs = 599_999;
  expect(await made.flag(user)).toBe(false);
  expect(made.stale).toBe(1);
  made.clock.nowMs = 600_000;
  await expect(made.flag(user)).rejects.toThrow("no answer");
});

test("an unknown user has no flag while the middleware is away", async () => {
  const made = rig();
  made.answer = () => Promise.reject(new MiddlewareFault("timeout", "no answer"));
  await expect(made.flag(user)).rejects.toThrow("no answer");
  made.answer = () => Promise.resolve(says("true"));
  expect(await made.flag(user)).toBe(true);
});
