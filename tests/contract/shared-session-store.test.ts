import { openMemoryCluster } from "../support/memory-shared-cluster.ts";
import { sessionStoreContract } from "./session-store.ts";
import { sharedSessionsContract } from "./shared-sessions.ts";

sessionStoreContract("memory, shared", async (limits) => {
  const cluster = openMemoryCluster();
  const { store } = await cluster.node({ limits: () => limits });
  return { store, pass: (ms) => cluster.pass(ms) };
});

sharedSessionsContract("memory", () => Promise.resolve(openMemoryCluster()));
