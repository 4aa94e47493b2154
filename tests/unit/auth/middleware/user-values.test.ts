/** Values of users at the middleware: how they are asked, how long they are kept, and what an outage changes. */
import { describe, expect, test } from "@jest/globals";
import { createUserValues } from "../../../../auth/middleware/user-values.ts";
import type { Answer } from "../../../../auth/middleware/answers.ts";
import { MiddlewareFault } from "../../../../auth/middleware/fault.ts";
import type { Question } from "../../../../auth/middleware/upstreams.ts";

const name = "com.openexchange.websockets.enabled";
const other = "com.openexchange.oxbow.maxSocketsPerUser";
const says = (body: unknown): Answer => ({ status: 200, contentType: "", body: JSON.stringify(body) });
const undefinedThere: Answer = { status: 404, contentType: "", body: "" };
const user = { contextId: 7, userId: 3 };
const away = (): Promise<Answer> => Promise.reject(new MiddlewareFault("timeout", "no answer"));

function withResolvers<T>() {
  const made: { resolve?: (value: T) => void } = {};
  const promise = new Promise<T>((resolve) => (made.resolve = resolve));
  return { promise, resolve: (value: T): void => made.resolve?.(value) };
}

function rig() {
  const asked: Question[] = [];
  const made = {
    clock: { nowMs: 0 },
    credentials: "Basic eA==",
    asked,
    stale: 0,
    shared: 0,
    answer: (): Promise<Answer> => Promise.resolve(says({ [name]: "true", [other]: "3" })),
  };
  const values = createUserValues({
    ask: async (question, judge) => {
      asked.push(question);
      return judge(await made.answer());
    },
    authorization: () => made.credentials,
    nowMs: () => made.clock.nowMs,
    onShared: () => made.shared++,
    onStale: () => made.stale++,
    lasting: new Set([name, other]),
  });
  return Object.assign(made, { values });
}

describe("a question", () => {
  test("names the context before the user, and brings credentials", async () => {
    const { values, asked } = rig();
    await values.ask(name, user);
    expect(asked).toEqual([
      {
        path: `/preliminary/configuration/v1/property/${name}/7/3`,
        headers: { accept: "application/json", authorization: "Basic eA==" },
      },
    ]);
  });

  test("brings the credentials of the moment", async () => {
    const made = rig();
    await made.values.ask(name, user);
    made.credentials = "Basic eQ==";
    await made.values.ask(name, user, 0);
    expect(made.asked.map(({ headers }) => headers["authorization"])).toEqual(["Basic eA==", "Basic eQ=="]);
  });

  test("stays within its path whatever the name is", async () => {
    const { values, asked } = rig();
    await values.ask("../a?b#c;d", user);
    expect(asked[0]?.path).toBe("/preliminary/configuration/v1/property/..%2Fa%3Fb%23c%3Bd/7/3");
  });
});

describe("an answer", () => {
  test.each([
    { what: "a text", answer: says({ [name]: " TRUE " }), text: " TRUE " },
    { what: "an empty text", answer: says({ [name]: "" }), text: "" },
    { what: "a boolean of a lax middleware", answer: says({ [name]: false }), text: "false" },
    { what: "no such property or user", answer: undefinedThere, text: undefined },
    { what: "an object without it", answer: says({}), text: undefined },
  ])("of $what is kept as it was said", async ({ answer, text }) => {
    const made = rig();
    expect(made.values.lookUp(name, user)).toBeUndefined();
    made.answer = () => Promise.resolve(answer);
    expect(await made.values.ask(name, user)).toBe(text);
    expect(made.values.lookUp(name, user)).toBe(text);
  });

  test("serves a burst, and five seconds more, for each user and name by itself", async () => {
    const { values, asked, clock } = rig();
    await Promise.all([
      values.ask(name, user),
      values.ask(name, user),
      values.ask(other, user),
      values.ask(name, { contextId: 1, userId: 3 }),
    ]);
    expect(asked.length).toBe(3);
    clock.nowMs = 4_999;
    await values.ask(name, user);
    expect(asked.length).toBe(3);
    clock.nowMs = 5_000;
    await values.ask(name, user);
    expect(asked.length).toBe(4);
  });

  test("that nothing is defined serves as long", async () => {
    const made = rig();
    made.answer = () => Promise.resolve(undefinedThere);
    await made.values.ask(name, user);
    made.clock.nowMs = 4_999;
    await made.values.ask(name, user);
    expect(made.asked.length).toBe(1);
  });

  test("under way serves whoever asks meanwhile, whatever age they bear", async () => {
    const made = rig();
    const { promise, resolve: say } = withResolvers<Answer>();
    made.answer = () => promise;
    const answers = Promise.all([1, 2, 3].map(() => made.values.ask(name, user, 0)));
    say(says({ [name]: "false" }));
    expect(await answers).toEqual(["false", "false", "false"]);
    expect([made.asked.length, made.shared]).toEqual([1, 2]);
  });

  test("is asked for anew by whoever must know the present state", async () => {
    const made = rig();
    await made.values.ask(name, user);
    made.answer = () => Promise.resolve(says({ [name]: "false" }));
    expect([await made.values.ask(name, user), await made.values.ask(name, user, 0)]).toEqual(["true", "false"]);
    expect(made.values.lookUp(name, user)).toBe("false");
  });

  test("of all names with a prefix is not kept", async () => {
    const made = rig();
    const answer = await made.values.askAll("com.openexchange.", user);
    expect([...answer]).toEqual([
      [name, "true"],
      [other, "3"],
    ]);
    expect(made.asked[0]?.path).toBe("/preliminary/configuration/v1/withPrefix/com.openexchange./7/3");
    expect(made.values.lookUp(name, user)).toBeUndefined();
  });
});

describe("an outage", () => {
  test("of ten minutes changes nobody's mind; a longer one leaves nobody to tell", async () => {
    const made = rig();
    made.answer = () => Promise.resolve(says({ [name]: "false" }));
    await made.values.ask(name, user);
    made.answer = away;
    made.clock.nowMs = 599_999;
    expect(await made.values.ask(name, user)).toBe("false");
    expect(made.stale).toBe(1);
    made.clock.nowMs = 600_000;
    await expect(made.values.ask(name, user)).rejects.toThrow("no answer");
  });

  test("changes no value that is just looked up, however long it lasts", async () => {
    const made = rig();
    made.answer = () => Promise.resolve(says({ [name]: "false" }));
    await made.values.ask(name, user);
    made.answer = away;
    made.clock.nowMs = 6_000_000;
    await expect(made.values.ask(name, user)).rejects.toThrow("no answer");
    expect(made.values.lookUp(name, user)).toBe("false");
  });

  test("leaves a user of whom nothing is known unknown, until it is over", async () => {
    const made = rig();
    made.answer = away;
    await expect(made.values.ask(name, user)).rejects.toThrow("no answer");
    made.answer = () => Promise.resolve(says({ [name]: "true" }));
    expect(await made.values.ask(name, user)).toBe("true");
  });
});

test("a hundred thousand answers are kept, those that came longest ago go first", async () => {
  const { values } = rig();
  for (let userId = 1; userId <= 100_000; userId += 1) await values.ask(name, { contextId: 1, userId });
  await values.ask(name, { contextId: 1, userId: 1 }, 0);
  await values.ask(name, { contextId: 1, userId: 100_001 });
  const kept = [1, 2, 3, 100_001].filter((userId) => values.lookUp(name, { contextId: 1, userId }) !== undefined);
  expect(kept).toEqual([1, 3, 100_001]);
});

test("thousands of other names push out nothing that sockets depend on", async () => {
  const made = rig();
  const { values } = made;
  await values.ask(name, user);
  made.answer = () => Promise.resolve(undefinedThere);
  for (let i = 0; i < 1_001; i++) await values.ask(`some.name.${i}`, user);
  const asked = made.asked.length;
  await values.ask("some.name.1000", user);
  expect(made.asked).toHaveLength(asked); // kept
  await values.ask("some.name.0", user);
  expect(made.asked).toHaveLength(asked + 1); // made room
  expect(values.lookUp(name, user)).toBe("true");
});

test("a very long answer is given, and not kept", async () => {
  const made = rig();
  made.answer = () => Promise.resolve(says({ "some.name": "x".repeat(5_000) }));
  expect(await made.values.ask("some.name", user)).toHaveLength(5_000);
  expect(made.values.lookUp("some.name", user)).toBeUndefined();
});
