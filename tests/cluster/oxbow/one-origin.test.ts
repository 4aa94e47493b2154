/** Two nodes behind one origin, as a browser meets them: the page and the log-in at the one, the socket at the other. */
import { beforeAll, expect, test } from "@jest/globals";
import { ask, pushTo } from "../../support/acceptance/http.ts";
import { launchChromium } from "../../support/chromium.ts";
import { onCleanUp, owned } from "../../support/clean-up.ts";
import { startMembers } from "../../support/hazelcast-members.ts";
import { startOriginProxy, type OriginProxy } from "../../support/origin-proxy.ts";
import { restCredentials, startOxbow, type Oxbow } from "../../support/oxbow-process.ts";
import { openPlayground } from "../../support/playground.ts";
import { waitFor } from "../../support/wait-for.ts";

let a: Oxbow;
let b: Oxbow;
let origin: OriginProxy;
beforeAll(async () => {
  const members = owned(await startMembers({ count: 1 }));
  const properties = {
    ...restCredentials,
    "com.openexchange.hazelcast.enabled": "true",
    "com.openexchange.hazelcast.group.name": members.clusterName,
    "com.openexchange.hazelcast.network.join.static.nodes": members.addresses.join(","),
    "com.openexchange.oxbow.sessionKey": "example-key-of-these-tests-0123456789",
    "com.openexchange.server.considerXForwards": "true",
    "com.openexchange.server.knownProxies": "127.0.0.1",
  };
  [a, b] = await Promise.all([startOxbow({ properties }), startOxbow({ properties })]);
  for (const { internalUrl } of [a, b])
    await waitFor(
      "the node is in the cluster",
      async () => (await ask(`${internalUrl}/health`)).json["status"] === "UP",
      30_000,
    );
  origin = owned(
    await startOriginProxy([
      { from: "/socket.io/", to: b.url },
      { from: "/", to: a.url },
    ]),
  );
}, 120_000);

const socketsAt = async ({ internalUrl }: Oxbow): Promise<unknown> =>
  (await ask(`${internalUrl}/health`)).json["sockets"];

test("logged in at one node, connected at the other, told there of a push and of the end", async () => {
  const browser = await launchChromium();
  onCleanUp(() => browser.close());
  const { logIn, expectState, events, button, problems } = await openPlayground(browser, origin.url);
  await logIn();
  expect([await socketsAt(a), await socketsAt(b)]).toEqual([0, 1]);
  await pushTo(a.url, 3, "ox:calendar:updates", { folders: ["cal://0/31"] });
  await events.filter({ hasText: "ox:calendar:updates" }).waitFor();
  await button("Log out").click();
  await expectState("Session ended");
  await waitFor("the socket is closed", async () => (await socketsAt(b)) === 0, 5_000);
  expect(problems).toEqual([]);
}, 60_000);
