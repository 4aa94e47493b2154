import { expect, jest, test } from "@jest/globals";
import fs from "node:fs";
import { pino } from "pino";
import { createAuditLog, createLog, createThrottledWarning } from "../../../../server/ops/log.ts";
import type { Logger, LogLevel } from "../../../../server/ops/log.ts";
import { onCleanUp } from "../../../support/clean-up.ts";
import { waitFor } from "../../../support/wait-for.ts";

/** What is written to standard output meanwhile, line by line; it does not get there. */
function standardOutput(): readonly string[] {
  const written: string[] = [];
  const take = (fd: number, data: unknown): number => {
    expect(fd).toBe(1);
    written.push(...String(data).trimEnd().split("\n"));
    return Buffer.byteLength(String(data));
  };
  const later = (fd: number, data: unknown, ...rest: unknown[]): void => {
    const bytes = take(fd, data);
    const done = rest.at(-1);
    if (typeof done === "function") setImmediate(() => void Reflect.apply(done, undefined, [null, bytes]));
  };
  const spies = [
    jest.spyOn(fs, "writeSync").mockImplementation(take),
    jest.spyOn(fs, "write").mockImplementation(later),
  ];
  onCleanUp(() => spies.forEach((spy) => spy.mockRestore()));
  return written;
}

test("away from a terminal each line is JSON, with time, level and process", () => {
  const written = standardOutput();
  createLog({ level: "info", terminal: false }).info({ event: "listening", url: "http://127.0.0.1:8009" }, "ready");
  expect(written).toHaveLength(1);
  expect(JSON.parse(written[0] ?? "")).toEqual({
    level: 30,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    pid: process.pid,
    event: "listening",
    url: "http://127.0.0.1:8009",
    msg: "ready",
  });
});

test("on a terminal a line is a sentence, without the name that programs look for", () => {
  const written = standardOutput();
  createLog({ level: "info", terminal: true }).warn({ event: "listening", leftOut: 3 }, "it is so");
  const text = written.join("");
  expect(text).toMatch(/\d\d:\d\d:\d\d/);
  expect(text).toMatch(/WARN/);
  expect(text).toContain("it is so");
  expect(text).toContain("leftOut");
  expect(text).not.toContain("listening");
  expect(text).not.toContain("{");
});

test("control characters cannot begin a line of their own", () => {
  const written = standardOutput();
  createLog({ level: "info", terminal: false }).warn({ reason: "a\nb" }, 'one\n{"level":60}');
  expect(written).toHaveLength(1);
});

test.each<{ level: LogLevel; lines: number }>([
  { level: "error", lines: 1 },
  { level: "warn", lines: 2 },
  { level: "info", lines: 3 },
  { level: "debug", lines: 4 },
  { level: "trace", lines: 5 },
])("at level $level as many levels are written: $lines", async ({ level, lines }) => {
  for (const terminal of [true, false]) {
    const written = standardOutput();
    const log = createLog({ level, terminal });
    for (const each of ["trace", "debug", "info", "warn", "error"] as const) log[each](`a line of ${each}`);
    await waitFor("the last line", () => written.some((line) => line.includes("a line of error")));
    expect(written.filter((line) => line.includes("a line of"))).toHaveLength(lines);
  }
});

interface Rig {
  readonly warn: (key: string, message: string) => void;
  readonly lines: readonly unknown[];
  readonly pass: (ms: number) => void;
}

function throttled(): Rig {
  const lines: unknown[] = [];
  let nowMs = 7;
  const log: Logger = pino({ base: null, timestamp: false }, { write: (line) => void lines.push(JSON.parse(line)) });
  return { warn: createThrottledWarning(log, () => nowMs), lines, pass: (ms) => void (nowMs += ms) };
}

test.each<LogLevel>(["error", "info", "trace"])(
  "changes are told by a log that begins with the level %s, and when it becomes quiet later",
  async (level) => {
    const written = standardOutput();
    const log = createLog({ level, terminal: false });
    const audit = createAuditLog(log);
    audit.info({ action: "a" }, "first");
    log.level = "error";
    audit.info({ action: "b" }, "second");
    log.info("not told");
    await waitFor("both are written", () => written.length >= 2);
    expect(written.map((line): unknown => JSON.parse(line))).toEqual([
      expect.objectContaining({ event: "audit", action: "a" }),
      expect.objectContaining({ event: "audit", action: "b" }),
    ]);
  },
);

test("a thing is said at once, then not again for ten seconds, and the next line tells how often it was left out", () => {
  const { warn, lines, pass } = throttled();
  for (let i = 0; i < 5; i++) warn("origin", "a handshake was refused");
  pass(9_999);
  warn("origin", "a handshake was refused");
  expect(lines).toEqual([{ level: 40, reason: "origin", msg: "a handshake was refused" }]);
  pass(1);
  warn("origin", "a handshake was refused");
  expect(lines.slice(1)).toEqual([{ level: 40, reason: "origin", leftOut: 5, msg: "a handshake was refused" }]);
});

test("what was left out is told once", () => {
  const { warn, lines, pass } = throttled();
  for (let i = 0; i < 4; i++) {
    warn("origin", "refused");
    if (i === 0) warn("origin", "refused");
    pass(10_000);
  }
  expect(lines.map((line) => JSON.stringify(line).includes("leftOut"))).toEqual([false, true, false, false]);
});

test("one thing does not keep another from being said", () => {
  const { warn, lines } = throttled();
  for (const key of ["origin", "path", "origin", "__proto__", "path"]) warn(key, "refused");
  expect(lines.map((line) => JSON.stringify(line))).toEqual(
    ["origin", "path", "__proto__"].map((reason) => expect.stringContaining(`"reason":"${reason}"`)),
  );
});
