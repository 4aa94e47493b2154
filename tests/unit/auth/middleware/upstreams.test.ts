/** Several URLs in turn, and when one is left out. Time is moved by hand; the URLs are functions. */
import { expect, test } from "@jest/globals";
import type { Answer } from "../../../../auth/middleware/answers.ts";
import { MiddlewareFault } from "../../../../auth/middleware/fault.ts";
import { createUpstreams } from "../../../../auth/middleware/upstreams.ts";
import type { Upstreams } from "../../../../auth/middleware/upstreams.ts";

interface Rig {
  readonly clock: { nowMs: number };
  readonly upstreams: Upstreams;
  /** The URLs that were asked, in order. */
  readonly asked: string[];
  /** Names of those that fail. */
  readonly failing: Set<string>;
  /** The URL that answered, or the problem. */
  readonly ask: () => Promise<string>;
}

function rig(...names: readonly string[]): Rig {
  const clock = { nowMs: 1_000 };
  const asked: string[] = [];
  const failing = new Set<string>();
  const upstreams = createUpstreams({
    nowMs: () => clock.nowMs,
    upstreams: names.map((name) => ({
      origin: `http://${name}`,
      get: () => {
        asked.push(name);
        if (failing.has(name)) return Promise.reject(new MiddlewareFault("unreachable", "connect ECONNREFUSED"));
        return Promise.resolve({ status: 200, contentType: "", body: name });
      },
    })),
  });
  const ask = (): Promise<string> =>
    upstreams
      .ask({ path: "/", headers: {} }, ({ body }: Answer) => body)
      .catch((fault: unknown) => (fault instanceof MiddlewareFault ? fault.problem : "no fault of the middleware"));
  return { clock, upstreams, asked, failing, ask };
}

const repeat = async (times: number, ask: () => Promise<string>): Promise<string[]> => {
  const answers: string[] = [];
  for (let i = 0; i < times; i++) answers.push(await ask());
  return answers;
};

test("several URLs are asked in turn", async () => {
  const { ask } = rig("a", "b", "c");
  expect(await repeat(6, ask)).toEqual(["a", "b", "c", "a", "b", "c"]);
});

test("a doubtful answer is asked for once more, elsewhere where there is another URL, and the second counts", async () => {
  for (const [names, expected] of [
    [["a", "b"], "b"],
    [["a"], "a"],
  ] as const) {
    const { upstreams, asked } = rig(...names);
    // a question of another kind comes between: it must not turn the second one to the first URL again
    const doubtful = upstreams.ask(
      { path: "/", headers: {} },
      ({ body }) => body,
      () => true,
    );
    await Promise.all([doubtful, upstreams.ask({ path: "/", headers: {} }, ({ body }) => body)]);
    expect(await doubtful).toBe(expected);
    expect(asked.length).toBe(3);
  }
});

test("a second answer that fails leaves the question open", async () => {
  const { upstreams, failing } = rig("a", "b");
  failing.add("b");
  const doubtful = upstreams.ask(
    { path: "/", headers: {} },
    ({ body }) => body,
    () => true,
  );
  await expect(doubtful).rejects.toThrow(MiddlewareFault);
});

test("what fails at one URL is asked at the next one, at two in all", async () => {
  const { ask, failing, asked } = rig("a", "b", "c");
  failing.add("a");
  expect(["b", "c"]).toContain(await ask());
  failing.add("b").add("c");
  asked.length = 0;
  expect(await ask()).toBe("unreachable");
  expect(asked.length).toBe(2);
});

test("a URL that failed three times in a row is left out, tried after a second, then ever less often", async () => {
  const { ask, failing, asked, clock } = rig("a", "b");
  failing.add("a");
  await repeat(20, ask);
  expect(asked.filter((name) => name === "a").length).toBe(3);
  for (const pauseMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
    asked.length = 0;
    clock.nowMs += pauseMs - 1;
    await repeat(5, ask);
    expect(asked).not.toContain("a");
    clock.nowMs += 1;
    expect(await repeat(5, ask)).toEqual(["b", "b", "b", "b", "b"]);
    expect(asked.filter((name) => name === "a").length).toBe(1);
  }
});

test("a URL that answers its try is in again", async () => {
  const { ask, failing, clock } = rig("a", "b");
  failing.add("a");
  await repeat(10, ask);
  failing.clear();
  clock.nowMs += 1_000;
  expect(new Set(await repeat(4, ask))).toEqual(new Set(["a", "b"]));
});

test("where no URL works, one question a second tries, and the others fail without being asked", async () => {
  const { ask, failing, asked, clock } = rig("a");
  failing.add("a");
  expect(await repeat(4, ask)).toEqual(["unreachable", "unreachable", "unreachable", "left-out"]);
  for (let second = 0; second < 40; second++) {
    asked.length = 0;
    clock.nowMs += 1_000;
    await repeat(3, ask);
    expect(asked).toEqual(["a"]);
  }
  failing.clear();
  clock.nowMs += 1_000;
  expect(await repeat(2, ask)).toEqual(["a", "a"]);
});

test("a URL is tried by one question at a time", async () => {
  const waiting: ((answer: Answer) => void)[] = [];
  let fails = true;
  const upstreams = createUpstreams({
    nowMs: () => (fails ? 0 : 5_000),
    upstreams: [
      {
        origin: "http://a",
        get: () =>
          fails
            ? Promise.reject(new MiddlewareFault("timeout", "no answer"))
            : new Promise((resolve) => waiting.push(resolve)),
      },
    ],
  });
  const ask = () => upstreams.ask({ path: "/", headers: {} }, ({ body }) => body);
  for (let i = 0; i < 3; i++) await expect(ask()).rejects.toThrow("http://a: no answer");
  fails = false;
  const tried = ask();
  await expect(ask()).rejects.toMatchObject({ problem: "left-out" });
  expect(waiting.length).toBe(1);
  waiting[0]?.({ status: 200, contentType: "", body: "back" });
  expect(await tried).toBe("back");
});

test("an answer that is none counts against its URL; a failure of the whole middleware does not", async () => {
  const { upstreams, asked } = rig("a");
  const answer = (problem: "rubbish" | "server-fault" | "credentials") =>
    upstreams
      .ask({ path: "/", headers: {} }, () => {
        throw new MiddlewareFault(problem, "odd");
      })
      .catch(() => undefined);
  for (let i = 0; i < 5; i++) await answer("server-fault");
  for (let i = 0; i < 5; i++) await answer("credentials");
  expect(asked.length).toBe(10);
  expect(upstreams.state()).toEqual([
    { origin: "http://a", reachable: true, lastProblem: { says: "http://a: odd", agoMs: 0 } },
  ]);
  for (let i = 0; i < 5; i++) await answer("rubbish");
  expect(asked.length).toBe(13);
  expect(upstreams.state()).toMatchObject([{ reachable: false }]);
});

test("wrong credentials are not tried at another URL", async () => {
  const { upstreams, asked } = rig("a", "b");
  await expect(
    upstreams.ask({ path: "/", headers: {} }, () => {
      throw new MiddlewareFault("credentials", "it refused them");
    }),
  ).rejects.toMatchObject({ problem: "credentials" });
  expect(asked).toEqual(["a"]);
});

test("a fault tells since when the answer is owed: from the question, or from the last answer to anybody", async () => {
  const { ask, failing, clock, upstreams } = rig("a");
  await ask();
  failing.add("a");
  clock.nowMs = 5_000;
  const question = { path: "/", headers: {} };
  for (let i = 0; i < 3; i++) await expect(upstreams.ask(question, () => "")).rejects.toMatchObject({ sinceMs: 5_000 });
  clock.nowMs = 5_500;
  await expect(upstreams.ask(question, () => "")).rejects.toMatchObject({ problem: "left-out", sinceMs: 1_000 });
});
