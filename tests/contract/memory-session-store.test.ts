import { afterEach } from "@jest/globals";
import { createMemorySessionStore } from "../../auth/index.ts";
import { sessionStoreContract } from "./session-store.ts";

const opened: { stop(): void }[] = [];
afterEach(() => opened.splice(0).forEach((store) => store.stop()));

sessionStoreContract("memory", (limits) => {
  let nowMs = 0;
  const store = createMemorySessionStore({
    nowMs: () => nowMs,
    limits: () => limits,
    sweepPeriodMs: 2,
    onFault: () => undefined,
  });
  store.start();
  opened.push(store);
  const pass = (ms: number): Promise<void> => {
    nowMs += ms;
    return Promise.resolve();
  };
  return Promise.resolve({ store, pass });
});
