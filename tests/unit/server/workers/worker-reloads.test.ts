import { expect, test } from "@jest/globals";
import type { Written } from "../../../../cascade/index.ts";
import { createPeer } from "../../../../server/workers/ipc.ts";
import { life } from "../../../../server/workers/protocol.ts";
import { answerReloads } from "../../../../server/workers/worker-reloads.ts";
import { channelPair } from "./channel-pair.ts";

const ignore = (): void => undefined;
const nothing = { changed: [], needsRestart: [], problems: [], warnings: [], listenerErrors: [] };
const written = (): Written => ({ entries: new Map(), metadata: new Map(), sets: [] });

test("a reload that comes before the worker has started is done right after its start", async () => {
  const { here, there } = channelPair();
  const tellStarted = answerReloads(createPeer(there, ignore));
  const primary = createPeer(here, ignore);
  const early = [primary.ask(life.reload, written()), primary.ask(life.reload, written())];
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve))); // both have arrived
  const done: string[] = [];
  tellStarted({
    take: () => void done.push("take"),
    reload: () => {
      done.push("reload");
      return Promise.resolve({ ...nothing, changed: ["a"] });
    },
  });
  expect(await Promise.all(early)).toEqual([
    { ...nothing, changed: ["a"] },
    { ...nothing, changed: ["a"] },
  ]);
  await primary.ask(life.reload, written());
  expect(done).toEqual(["take", "reload", "take", "reload", "take", "reload"]);
});
