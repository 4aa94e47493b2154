/** Nodes of oxbow on real members: a push taken at one reaches the user's browsers at the other, whatever happens to the members. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { connectClient, newConnectionId } from "../../support/acceptance/clients.ts";
import type { RecordingClient } from "../../support/acceptance/clients.ts";
import { ask, logIn, mailNotice, notify, pushTo } from "../../support/acceptance/http.ts";
import { scrape } from "../../support/acceptance/metrics.ts";
import { owned } from "../../support/clean-up.ts";
import { startMembers } from "../../support/hazelcast-members.ts";
import type { Members } from "../../support/hazelcast-members.ts";
import { restCredentials, startOxbow } from "../../support/oxbow-process.ts";
import type { Oxbow } from "../../support/oxbow-process.ts";
import { waitFor } from "../../support/wait-for.ts";

const startNode = (
  members: Pick<Members, "clusterName" | "addresses">,
  set: Record<string, string> = {},
): Promise<Oxbow> =>
  startOxbow({
    properties: {
      ...restCredentials,
      "com.openexchange.hazelcast.enabled": "true",
      "com.openexchange.hazelcast.group.name": members.clusterName,
      "com.openexchange.hazelcast.network.join.static.nodes": members.addresses.join(","),
      ...set,
    },
  });

const health = async (node: Oxbow): Promise<Readonly<Record<string, unknown>>> =>
  (await ask(`${node.internalUrl}/health`)).json;

const nodesSeen = async (node: Oxbow, count: number): Promise<void> => {
  await waitFor(
    `a node sees ${count}`,
    async () => (await scrape(node.internalUrl)).sum("oxbow_nodes") === count,
    40_000,
  );
};

/** Numbers in the payloads of an event, in order of arrival. */
const numbers = (client: RecordingClient): unknown[] =>
  client.received
    .filter(({ name }) => name === "count")
    .map(({ args: [payload] }) => (payload as { readonly n: unknown }).n);

async function openAt(node: Oxbow, connection = newConnectionId()): Promise<RecordingClient> {
  const login = await logIn(node.url);
  const client = connectClient(node.url, "4.8", { login, connection, events: ["count"] });
  await client.connected();
  return client;
}

describe("two nodes on three members", () => {
  let members: Members;
  let a: Oxbow;
  let b: Oxbow;
  beforeAll(async () => {
    members = owned(await startMembers({ count: 3 }));
    [a, b] = await Promise.all([startNode(members), startNode(members)]);
    await nodesSeen(a, 2);
    await nodesSeen(b, 2);
  }, 120_000);

  test("Dovecot's request at one reaches the browsers at both, once, and nobody else", async () => {
    const [atA, atB] = [await openAt(a), await openAt(b)];
    const other = connectClient(b.url, "2.5.0", { login: await logIn(b.url, "berta") });
    await other.connected();
    const answer = await notify(a.url, mailNotice({ subject: "across" }));
    expect(answer.status).toBe(200);
    for (const client of [atA, atB]) await client.event("ox:mail:new");
    await pushTo(a.url, 3, "count", { n: 1 });
    for (const client of [atA, atB]) {
      await client.event("count");
      expect(client.received.map(({ name }) => name)).toEqual(["ox:mail:new", "count"]);
    }
    expect(other.received).toEqual([]);
  });

  test("the connection that caused a push is left out on the other node too", async () => {
    const [source, witness] = [await openAt(b), await openAt(b)];
    await pushTo(a.url, 3, "count", { n: 7 }, source.connection);
    await witness.event("count");
    expect(numbers(source)).toEqual([]);
  });

  test("a push counts at the node of the socket, and the books balance on both", async () => {
    const client = await openAt(b);
    const before = await scrape(b.internalUrl);
    await pushTo(a.url, 3, "count", { n: 2 });
    await client.event("count");
    const after = await scrape(b.internalUrl);
    const offered = after.sum("oxbow_pushes_offered_total") - before.sum("oxbow_pushes_offered_total");
    expect(offered).toBeGreaterThanOrEqual(1);
    expect(after.sum("oxbow_pushes_offered_total")).toBe(
      after.sum("oxbow_pushes_written_total") +
        after.sum("oxbow_pushes_dropped_total") +
        after.sum("oxbow_pushes_pending"),
    );
    await waitFor("the other node announces its sockets", async () => {
      const own = (await scrape(b.internalUrl)).sum("oxbow_registry_entries", { owner: "own" });
      return (await scrape(a.internalUrl)).sum("oxbow_registry_entries", { owner: "remote" }) === own;
    });
  });

  test("pushes go on in order, each once, while a member is killed", async () => {
    const client = await openAt(b);
    const last = 200;
    for (let n = 1; n <= last; n++) {
      await pushTo(a.url, 3, "count", { n });
      if (n === 50) await members.members[0]?.kill();
    }
    await waitFor("the last push is there", () => numbers(client).includes(last), 20_000);
    expect(numbers(client)).toEqual(Array.from({ length: last }, (_, i) => i + 1));
  }, 60_000);

  test("while all members are gone the own sockets are served and the node is ready and degraded; then it joins again", async () => {
    const [atA, atB] = [await openAt(a), await openAt(b)];
    for (const member of members.members) await member.kill();
    await waitFor("the node says degraded", async () => (await health(a))["status"] === "degraded", 15_000);
    expect((await ask(`${a.internalUrl}/ready`)).status).toBe(200);
    await pushTo(a.url, 3, "count", { n: 1 });
    await atA.event("count", undefined, 1_000);
    const openingAtMs = performance.now();
    await openAt(a);
    expect(performance.now() - openingAtMs).toBeLessThan(2_000);
    await members.restartAllEmpty();
    await waitFor("the node is back", async () => (await health(a))["status"] === "UP", 40_000);
    await nodesSeen(a, 2);
    await nodesSeen(b, 2);
    await waitFor(
      "a push reaches the other node again",
      async () => {
        await pushTo(a.url, 3, "count", { n: 2 });
        return numbers(atB).includes(2);
      },
      20_000,
    );
    const lost = (await scrape(b.internalUrl)).sum("oxbow_relay_gap_total");
    expect(
      numbers(atB).includes(1) || lost > 0 || (await scrape(a.internalUrl)).sum("oxbow_relay_dropped_total") > 0,
    ).toBe(true);
  }, 120_000);
});

test("without Hazelcast a node starts at once, serves, and joins by itself later", async () => {
  const members = owned(await startMembers());
  const [address = ""] = members.addresses;
  await members.members[0]?.kill();
  const node = await startNode({ clusterName: members.clusterName, addresses: [address] });
  expect((await health(node))["status"]).toBe("degraded");
  expect((await ask(`${node.internalUrl}/ready`)).json["status"]).toBe("degraded");
  const client = await openAt(node);
  await pushTo(node.url, 3, "count", { n: 1 });
  await client.event("count");
  await members.restartAllEmpty();
  await waitFor("the node joins", async () => (await health(node))["status"] === "UP", 30_000);
  expect(node.output()).toMatch(/1 member only/);
}, 90_000);

test.each([
  { join: "multicast", says: /multicast.{1,4}is not served: set it to static/ },
  { join: "dns", says: /domainNames/ },
])("join=$join stops the start and says what to set", async ({ join, says }) => {
  await expect(
    startNode({ clusterName: "none", addresses: [] }, { "com.openexchange.hazelcast.network.join": join }),
  ).rejects.toThrow(says);
});
