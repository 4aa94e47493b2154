import { expect, test } from "@jest/globals";
import { createFleetDirectory } from "../../../../server/workers/fleet-directory.ts";
import type { Worker } from "../../../../server/workers/fleet.ts";
import { createPeer } from "../../../../server/workers/ipc.ts";
import { life } from "../../../../server/workers/protocol.ts";
import { channelPair } from "./channel-pair.ts";

const ignore = (): void => undefined;
const everything = { answers: [{ node: "node-a", answer: { count: 3 } }], missing: [], areAllKnown: true };
const state = { phase: "ready", version: "1", package: { name: "p", enabled: true, reason: "" }, sockets: 0 } as const;

/** A worker as the primary sees it, and how often it was asked. */
function worker(id: number, isSilent: boolean): Worker & { readonly asked: () => number } {
  const { here, there } = channelPair();
  const itself = createPeer(there, ignore);
  let asked = 0;
  itself.answer(life.state, () => (isSilent ? new Promise(ignore) : { ...state, sessionSource: undefined }));
  itself.answer(life.ask, () => {
    asked += 1;
    return isSilent ? new Promise(ignore) : everything;
  });
  return { id, name: `worker-${id}`, peer: createPeer(here, ignore), asked: () => asked };
}

const ask = (workers: readonly Worker[]) =>
  createFleetDirectory({ ready: () => workers }, { areNodes: true }).ask(
    { ask: "node" },
    { only: undefined, timeoutMs: 60_000 },
  );

test("workers that are nodes: one that is there is asked for all, once, whichever stand still", async () => {
  const workers = [worker(1, true), worker(2, true), worker(3, false), worker(4, false)];
  expect(await ask(workers)).toEqual(everything);
  expect(workers.map(({ asked }) => asked())).toEqual([0, 0, 1, 0]);
});

test("workers that are nodes: where none is there, all are missing", async () => {
  const missing = ["worker-1", "worker-2"];
  expect(await ask([worker(1, true), worker(2, true)])).toEqual({ answers: [], missing, areAllKnown: false });
  expect(await ask([])).toEqual({ answers: [], missing: [], areAllKnown: false });
});
