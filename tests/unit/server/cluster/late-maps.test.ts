import { expect, test } from "@jest/globals";
import { systemClock } from "../../../../adapters/clock.ts";
import { MemoryHub, type MemoryLink } from "../../../../adapters/memory-link.ts";
import { createLateMaps } from "../../../../server/cluster/late-maps.ts";
import { waitFor } from "../../../support/wait-for.ts";

async function openLink(): Promise<MemoryLink> {
  const link = new MemoryHub(systemClock).link();
  const ignore = (): void => undefined;
  await new Promise<void>((up) => link.start({ up, down: ignore, members: ignore, warning: ignore }));
  return link;
}

test("until the cluster is joined every call rejects, afterwards it reaches the map of the cluster", async () => {
  const maps = createLateMaps();
  const map = maps.map("m", ["user"]);
  await expect(map.get("key")).rejects.toThrow("not joined yet");
  await expect(map.set("key", { n: 1 }, 60_000)).rejects.toThrow("not joined yet");
  const link = await openLink();
  maps.bind(link);
  await map.set("key", { n: 1 }, 60_000);
  expect(await link.map("m").get("key")).toEqual({ n: 1 });
  expect(await maps.map("m", []).get("key")).toEqual({ n: 1 }); // one that was asked for later
});

test("a watcher of before the join hears from the join on; one that was taken off before never does", async () => {
  const maps = createLateMaps();
  const map = maps.map("m", []);
  const heard: string[] = [];
  map.watch({ changed: ({ key }) => heard.push(key), connection: (event) => heard.push(event) });
  map.watch({ connection: () => heard.push("taken off") })();
  maps.bind(await openLink());
  expect(heard).toEqual(["up"]);
  await map.set("key", { n: 1 }, 60_000);
  await waitFor("the change is heard", () => heard.includes("key"));
  expect(heard).toEqual(["up", "key"]);
});
