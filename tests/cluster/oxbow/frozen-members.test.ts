/** Members that stand still, with every connection to them open: what a node's own browsers notice of it. */
import { expect, test } from "@jest/globals";
import { connectClient } from "../../support/acceptance/clients.ts";
import { asObject, ask, logIn, pushTo, type Login } from "../../support/acceptance/http.ts";
import { onCleanUp, owned } from "../../support/clean-up.ts";
import { startMembers, type Members } from "../../support/hazelcast-members.ts";
import { restCredentials, startOxbow, type Oxbow } from "../../support/oxbow-process.ts";
import { waitFor } from "../../support/wait-for.ts";

/** What opening may wait for the cluster. */
const joinWaitMs = 100;
/** What a loaded machine may add to the median of some openings. */
const noiseMs = 60;

test("opening a socket waits 100 ms for frozen members at most, and pushes of the own node do not wait", async () => {
  const members = owned(await startMembers());
  const [member] = members.members;
  if (member === undefined) throw new Error("no member");
  const [node] = await Promise.all([startNode(members), startNode(members)]); // without another there is nobody to wait for
  await waitFor("the node sees the other", async () => (await clusterOf(node))["nodes"] === 2, 20_000);
  const login = await logIn(node.url);
  await medianOpeningMs(node, login); // warm
  const usualMs = await medianOpeningMs(node, login);
  onCleanUp(() => member.thaw()); // else it could not be asked to end
  member.freeze();
  expect(await medianOpeningMs(node, login)).toBeLessThan(usualMs + joinWaitMs + noiseMs);
  await waitFor("the node notices", async () => (await clusterOf(node))["state"] === "degraded", 20_000);
  expect(await medianOpeningMs(node, login)).toBeLessThan(usualMs + joinWaitMs + noiseMs);

  const client = connectClient(node.url, "4.8", { login, events: ["count"] });
  await client.connected();
  const pushedAtMs = performance.now();
  for (let n = 1; n <= 20; n += 1) await pushTo(node.url, 3, "count", { n });
  await client.event("count", (payload) => asObject(payload)["n"] === 20);
  expect(performance.now() - pushedAtMs).toBeLessThan(2_000);
  member.thaw();
  await waitFor("the node is in the cluster again", async () => (await clusterOf(node))["state"] === "ready", 40_000);
}, 120_000);

const startNode = (members: Members): Promise<Oxbow> =>
  startOxbow({
    properties: {
      ...restCredentials,
      "com.openexchange.hazelcast.enabled": "true",
      "com.openexchange.hazelcast.group.name": members.clusterName,
      "com.openexchange.hazelcast.network.join.static.nodes": members.addresses.join(","),
    },
  });

/** The cluster's block of `/health`. */
const clusterOf = async (node: Oxbow): Promise<Readonly<Record<string, unknown>>> =>
  asObject((await ask(`${node.internalUrl}/health`)).json["cluster"]);

/** From the first byte to the Socket.IO CONNECT, in the middle of seven openings one after the other. */
async function medianOpeningMs(node: Oxbow, login: Login): Promise<number> {
  const times: number[] = [];
  for (let opened = 0; opened < 7; opened += 1) {
    const startedMs = performance.now();
    const client = connectClient(node.url, "4.8", { login });
    await client.connected();
    times.push(performance.now() - startedMs);
    client.close();
  }
  return times.sort((one, other) => one - other)[3] ?? Infinity;
}
