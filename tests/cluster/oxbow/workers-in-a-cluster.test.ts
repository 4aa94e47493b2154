/** Several cores with Hazelcast on: each worker is an ordinary node of the cluster, behind one internal listener. */
import { beforeAll, test } from "@jest/globals";
import { connectClient } from "../../support/acceptance/clients.ts";
import { ask, logIn, logOut, pushTo } from "../../support/acceptance/http.ts";
import { owned } from "../../support/clean-up.ts";
import { startMembers } from "../../support/hazelcast-members.ts";
import { restCredentials, startOxbow, type Oxbow } from "../../support/oxbow-process.ts";
import { waitFor } from "../../support/wait-for.ts";

let cores: Oxbow;
let single: Oxbow;
beforeAll(async () => {
  const members = owned(await startMembers({ count: 1 }));
  const properties = {
    ...restCredentials,
    "com.openexchange.hazelcast.enabled": "true",
    "com.openexchange.hazelcast.group.name": members.clusterName,
    "com.openexchange.hazelcast.network.join.static.nodes": members.addresses.join(","),
    "com.openexchange.oxbow.sessionKey": "example-key-of-these-tests-0123456789",
  };
  [cores, single] = await Promise.all([
    startOxbow({ properties, args: ["--workers", "2"] }),
    startOxbow({ properties }),
  ]);
  const nodesAt = async ({ internalUrl }: Oxbow): Promise<string | undefined> =>
    /^oxbow_nodes (\d+)/m.exec((await ask(`${internalUrl}/metrics`)).text)?.[1];
  for (const process of [cores, single])
    await waitFor("three nodes see each other", async () => (await nodesAt(process)) === "3", 30_000);
}, 120_000);

test("a session of the single node opens sockets at every worker, which get its pushes and its end", async () => {
  const login = await logIn(single.url);
  const clients = Array.from({ length: 6 }, () => connectClient(cores.url, "4.8", { login }));
  await Promise.all(clients.map((client) => client.connected()));
  await pushTo(single.url, 3, "ox:calendar:updates", { folders: ["cal://0/31"] });
  await Promise.all(clients.map((client) => client.event("ox:calendar:updates")));
  await logOut(single.url, login);
  await Promise.all(clients.map((client) => client.event("session:invalid")));
}, 60_000);
