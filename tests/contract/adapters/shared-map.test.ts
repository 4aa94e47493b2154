import { expect, test } from "@jest/globals";
import type { Clock } from "../../../adapters/clock.ts";
import { systemClock } from "../../../adapters/clock.ts";
import { MemoryHub } from "../../../adapters/memory-link.ts";
import { sharedMapContract, started } from "./shared-map-contract.ts";

sharedMapContract("memory", () => {
  let aheadMs = 0;
  const clock: Clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
  const hub = new MemoryHub(clock);
  return Promise.resolve({
    link: () => started(hub.link()),
    pass: (ms) => {
      aheadMs += ms;
      return Promise.resolve();
    },
  });
});

test("a shared map that is cut off fails at once, tells so, and works again afterwards; a reset leaves nothing", async () => {
  const hub = new MemoryHub(systemClock);
  const link = hub.link();
  await started(link);
  const map = link.map("m");
  const events: string[] = [];
  map.watch({ connection: (event) => events.push(event) });
  await map.set("key", { n: 1 }, 60_000);
  link.cut();
  await expect(map.get("key")).rejects.toThrow("not connected");
  link.heal();
  expect(await map.get("key")).toEqual({ n: 1 });
  hub.wipe();
  expect(await map.get("key")).toBeUndefined();
  expect(events).toEqual(["up", "down", "up", "down", "up"]);
});
