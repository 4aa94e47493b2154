import { setTimeout as pause } from "node:timers/promises";
import { beforeAll, expect, test } from "@jest/globals";
import { HazelcastLink } from "../../../adapters/hazelcast-link.ts";
import type { Link } from "../../../adapters/link.ts";
import { sharedMapContract, started } from "../../contract/adapters/shared-map-contract.ts";
import { onCleanUp, owned } from "../../support/clean-up.ts";
import { startMembers, type Members } from "../../support/hazelcast-members.ts";
import { waitFor } from "../../support/wait-for.ts";

let members: Members;
beforeAll(async () => {
  members = owned(await startMembers());
}, 60_000);

async function openLink(): Promise<Link> {
  const link = new HazelcastLink({
    clusterName: members.clusterName,
    network: { clusterMembers: [...members.addresses] },
  });
  onCleanUp(() => link.close());
  return started(link);
}

/** Tests share the members: each gets maps of its own. */
let opened = 0;

sharedMapContract("a Hazelcast member", () => {
  opened += 1;
  const prefix = `oxbow-test-${opened}-`;
  const link = async (): Promise<Pick<Link, "map">> => {
    const real = await openLink();
    return { map: (name, indexed) => real.map(`${prefix}${name}`, indexed) };
  };
  return Promise.resolve({ link, pass: (ms) => pause(ms) }); // what is waited for is the member's clock
});

test("after all members were gone and came back empty a watcher still hears, and entries are found again", async () => {
  const [one, other] = [await openLink(), await openLink()];
  const map = one.map("oxbow-reset", ["user"]);
  const heard: string[] = [];
  const events: string[] = [];
  map.watch({ changed: ({ key }) => heard.push(key), connection: (event) => events.push(event) });
  await members.restartAllEmpty();
  const theirs = other.map("oxbow-reset", ["user"]);
  await waitFor(
    "a change is heard",
    async () => {
      await theirs.set("key", { user: "1:3" }, 60_000);
      return heard.includes("key");
    },
    30_000,
  );
  expect(events).toEqual(expect.arrayContaining(["up", "down"]));
  expect(events.at(-1)).not.toBe("down");
  expect([...(await map.where("user", "1:3")).keys()]).toEqual(["key"]);
}, 90_000);
