/**
 * The log: JSON lines, or plain text on a terminal. Nothing here ever sees a request, a session or a mail: callers name
 * the few fields that they log, so there is nothing to mask.
 */
import { pino } from "pino";
import type { Logger } from "pino";
import { build as pretty } from "pino-pretty";

export type { Logger };

export type LogLevel = "error" | "warn" | "info" | "debug" | "trace";

/** @param terminal lines for a person to read, instead of JSON */
export function createLog(options: { readonly level: LogLevel; readonly terminal: boolean }): Logger {
  const { level, terminal } = options;
  if (terminal) {
    return pino({ level, base: null }, pretty({ ignore: "event", translateTime: "SYS:HH:MM:ss", sync: true }));
  }
  return pino({ level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime }, pino.destination(1));
}

/** For changes that somebody made: written whatever the level of the other lines is, now and after a reload. */
export function createAuditLog(log: Logger): Logger {
  const audit = log.child({ event: "audit" }, { level: "silent" });
  audit.level = "info"; // a child that begins with the level of its parent would follow it
  return audit;
}

/** Says a thing at most once per key and ten seconds; the next line tells how many were left out. */
export function createThrottledWarning(log: Logger, nowMs: () => number): (key: string, message: string) => void {
  const last = new Map<string, { atMs: number; leftOut: number }>();
  return (key, message) => {
    const before = last.get(key);
    if (before !== undefined && nowMs() - before.atMs < throttleMs) {
      before.leftOut++;
      return;
    }
    log.warn({ reason: key, ...(before?.leftOut ? { leftOut: before.leftOut } : {}) }, message);
    last.set(key, { atMs: nowMs(), leftOut: 0 });
  };
}
const throttleMs = 10_000;
