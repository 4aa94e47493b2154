/** A process that keeps sessions as a primary does, on a clock that the test moves. Started by `remote-session-store.test.ts`. */
import { createMemorySessionStore } from "../../../auth/index.ts";
import type { MemorySessionStore, SessionStoreLimits } from "../../../auth/index.ts";
import { createPeer } from "../../../server/workers/ipc.ts";
import { serveSessions, tellEnds } from "../../../server/workers/remote-session-store.ts";
import { hang, openStore, passTime } from "./primary-control.ts";

const failed = (what: string, cause: unknown): void => void process.stderr.write(`${what}: ${String(cause)}\n`);
const worker = createPeer(
  {
    send: (message, onFailure) => void process.send?.(message, undefined, {}, (cause) => cause && onFailure(cause)),
    onMessage: (listener) => void process.on("message", listener),
  },
  failed,
);

let nowMs = 0;
let store: MemorySessionStore | undefined;
worker.answer(openStore, (limits: SessionStoreLimits) => {
  store?.stop();
  store = createMemorySessionStore({
    nowMs: () => nowMs,
    limits: () => limits,
    sweepPeriodMs: 2,
    onFault: (fault) => failed("a listener failed", fault),
  });
  store.start();
  serveSessions(worker, store);
  tellEnds(store, () => [worker]);
  return true;
});
worker.answer(passTime, (ms) => {
  nowMs += ms;
  return true;
});
worker.on(hang, (ms) => {
  const end = performance.now() + ms;
  while (performance.now() < end); // answers nobody, like a primary that is stuck
});
