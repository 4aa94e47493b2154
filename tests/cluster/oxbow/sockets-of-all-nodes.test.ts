/** An administrator at one of three nodes: the sockets of all are listed and closed there, and a silent node is named in time. */
import { beforeAll, expect, test } from "@jest/globals";
import { connectClient } from "../../support/acceptance/clients.ts";
import type { RecordingClient } from "../../support/acceptance/clients.ts";
import { asObject, ask, logIn, restAuthorization } from "../../support/acceptance/http.ts";
import { scrape } from "../../support/acceptance/metrics.ts";
import { onCleanUp, owned } from "../../support/clean-up.ts";
import { callCommand } from "../../support/command.ts";
import { startMembers } from "../../support/hazelcast-members.ts";
import type { Members } from "../../support/hazelcast-members.ts";
import { restCredentials, startOxbow } from "../../support/oxbow-process.ts";
import type { Oxbow } from "../../support/oxbow-process.ts";
import { waitFor } from "../../support/wait-for.ts";

type Json = Readonly<Record<string, unknown>>;

/** How long nodes may take to answer, and what a busy machine adds. */
const answerWithinMs = 2_000 + 2_500;

let members: Members;
let nodes: readonly [Oxbow, Oxbow, Oxbow];
beforeAll(async () => {
  members = owned(await startMembers());
  nodes = await Promise.all([startNode(), startNode(), startNode()]);
  for (const node of nodes) await sees(node, 3);
}, 120_000);

const startNode = (): Promise<Oxbow> =>
  startOxbow({
    properties: {
      ...restCredentials,
      "com.openexchange.hazelcast.enabled": "true",
      "com.openexchange.hazelcast.group.name": members.clusterName,
      "com.openexchange.hazelcast.network.join.static.nodes": members.addresses.join(","),
      "com.openexchange.oxbow.sessionKey": "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    },
  });

const sees = (node: Oxbow, count: number): Promise<unknown> =>
  waitFor(`a node sees ${count}`, async () => (await scrape(node.internalUrl)).sum("oxbow_nodes") === count, 40_000);

const admin = async (node: Oxbow, path: string, method = "GET"): Promise<Json> => {
  const answer = await ask(`${node.internalUrl}/admin/v1/${path}`, {
    method,
    headers: { Authorization: restAuthorization },
  });
  expect(answer.status).toBe(200);
  return answer.json;
};

const entries = (answer: Json, name = "sockets"): readonly Json[] => {
  const { [name]: list } = answer;
  return Array.isArray(list) ? list.map(asObject) : [];
};

/** The id by which the others know a node. */
async function idOf(node: Oxbow): Promise<unknown> {
  const pid = node.logs()[0]?.["pid"];
  return entries(await admin(nodes[0], "nodes"), "nodes").find((entry) => entry["pid"] === pid)?.["node"];
}

async function openAt(node: Oxbow, user: string, connection: string): Promise<RecordingClient> {
  const client = connectClient(node.url, "4.8", { login: await logIn(node.url, user), connection });
  await client.connected();
  return client;
}

const closeAll = async (clients: readonly RecordingClient[]): Promise<void> => {
  for (const client of clients) client.close();
  await waitFor("no socket is left", async () => (await admin(nodes[0], "sockets"))["total"] === 0);
};

test("every node lists the sockets of all, each with its node, and walks them in pages", async () => {
  const clients = await Promise.all([
    openAt(nodes[0], "anton", "1"),
    openAt(nodes[1], "anton", "2"),
    openAt(nodes[2], "berta", "3"),
  ]);
  const ids = [];
  for (const node of nodes) ids.push(await idOf(node));
  expect(new Set(ids).size).toBe(3);
  for (const node of nodes) {
    const answer = await admin(node, "sockets");
    expect(answer).toMatchObject({ total: 3, complete: true, missing: [] });
    const found = new Map(entries(answer).map((entry) => [entry["connection"], entry["node"]]));
    expect([found.get("1"), found.get("2"), found.get("3")]).toEqual(ids);
  }
  const met: unknown[] = [];
  for (let query: string | undefined = ""; query !== undefined;) {
    const page: Json = await admin(nodes[1], `sockets?limit=1${query}`);
    met.push(...entries(page).map((entry) => entry["connection"]));
    const { next } = page;
    query = typeof next === "string" ? `&cursor=${next}` : undefined;
  }
  expect(met.sort()).toEqual(["1", "2", "3"]);
  const [own] = entries(await admin(nodes[0], `sockets?node=${String(ids[1])}`));
  expect(own?.["connection"]).toBe("2");
  await closeAll(clients);
});

test("the sockets of a user are closed at all nodes from any of them; the browsers come back, nobody else notices", async () => {
  const [a, b, berta] = await Promise.all([
    openAt(nodes[1], "anton", "1"),
    openAt(nodes[2], "anton", "2"),
    openAt(nodes[1], "berta", "3"),
  ]);
  const who = ["--context", "1", "--user", "3"];
  const { code, output } = await callCommand("sockets", "close", ...who, "--yes", "--internal", nodes[0].internalUrl);
  expect([code, output]).toEqual([0, "2 sockets closed\n"]);
  for (const client of [a, b]) {
    await waitFor("a client is back", () => client.life.length === 3);
    expect(client.life).toEqual(["connect", "disconnect: transport close", "connect"]);
    expect(client.received).toEqual([]);
  }
  expect(berta.life).toEqual(["connect"]);
  await closeAll([a, b, berta]);
});

test("a frozen node makes the answer partial within the deadline, and is named until it is back", async () => {
  const frozen = nodes[2];
  const id = await idOf(frozen);
  const clients = [await openAt(nodes[0], "anton", "1"), await openAt(frozen, "berta", "2")];
  onCleanUp(() => frozen.kill("SIGCONT")); // else it could not be told to end
  frozen.kill("SIGSTOP");
  const startedMs = performance.now();
  const partial = await admin(nodes[0], "sockets");
  expect(performance.now() - startedMs).toBeLessThan(answerWithinMs);
  expect(partial).toMatchObject({ total: 1, complete: false });
  expect(partial["missing"]).toContain(id); // on a busy machine the third one may be late too
  await sees(nodes[0], 2);
  const afterwards = await admin(nodes[0], "sockets"); // it may only stand still, so it is still missing
  expect(afterwards).toMatchObject({ total: 1, complete: false });
  expect(afterwards["missing"]).toContain(id);
  const remote = async (): Promise<number> =>
    (await scrape(nodes[0].internalUrl)).sum("oxbow_registry_entries", { owner: "remote" });
  expect(await remote()).toBe(0);
  const { code, output } = await callCommand("sockets", "list", "--internal", nodes[0].internalUrl);
  expect([code, output]).toEqual([1, expect.stringMatching(`no answer of node .*${String(id)}`)]);
  frozen.kill("SIGCONT");
  await waitFor(
    "the answer is whole again",
    async () => {
      const { total, complete } = await admin(nodes[0], "sockets");
      return complete === true && total === 2;
    },
    20_000,
  );
  await waitFor("its sockets count again", async () => (await remote()) === 1, 10_000);
  await closeAll(clients);
}, 90_000);

test("a node that is told to stop is missed by nobody", async () => {
  const leaving = await startNode();
  await sees(nodes[0], 4);
  expect(entries(await admin(nodes[0], "nodes"), "nodes")).toHaveLength(4);
  await leaving.stop();
  await sees(nodes[0], 3);
  expect(await admin(nodes[0], "sockets")).toMatchObject({ complete: true, missing: [] });
}, 60_000);

test("a node that is cut off from the cluster says that there may be more, and lists its own", async () => {
  const client = await openAt(nodes[0], "anton", "1");
  for (const member of members.members) await member.kill();
  await waitFor("the node notices", async () => (await admin(nodes[0], "nodes"))["complete"] === false, 20_000);
  const startedMs = performance.now();
  const answer = await admin(nodes[0], "sockets");
  expect(performance.now() - startedMs).toBeLessThan(answerWithinMs);
  expect(entries(answer).map((entry) => entry["connection"])).toEqual(["1"]);
  expect(answer["complete"]).toBe(false);
  client.close();
}, 60_000);
