/** Nodes of oxbow that share their sessions: log in at one, connect at another, log out at a third, whatever the members do. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { connectClient } from "../../support/acceptance/clients.ts";
import type { RecordingClient } from "../../support/acceptance/clients.ts";
import { ask, logIn, userAgent, type Answer, type Login } from "../../support/acceptance/http.ts";
import { rawRequest, upgradeBytes, type RawAnswer } from "../../support/acceptance/raw-http.ts";
import { owned } from "../../support/clean-up.ts";
import { startMembers, type Members } from "../../support/hazelcast-members.ts";
import { restCredentials, runOxbow, startOxbow, type Oxbow } from "../../support/oxbow-process.ts";
import { startTcpProxy, type TcpProxy } from "../../support/tcp-proxy.ts";
import { waitFor } from "../../support/wait-for.ts";

const sessionKey = "com.openexchange.oxbow.sessionKey";
const exampleKey = "example-key-of-these-tests-0123456789";

const clustered = (clusterName: string, nodes: string): Record<string, string> => ({
  ...restCredentials,
  "com.openexchange.hazelcast.enabled": "true",
  "com.openexchange.hazelcast.group.name": clusterName,
  "com.openexchange.hazelcast.network.join.static.nodes": nodes,
});

const startNode = ({ clusterName, addresses }: Pick<Members, "clusterName" | "addresses">): Promise<Oxbow> =>
  startOxbow({ properties: { ...clustered(clusterName, addresses.join(",")), [sessionKey]: exampleKey } });

const asBrowser = (login: Login): RequestInit => ({ headers: { Cookie: login.cookie, "User-Agent": userAgent } });

const whoAmI = (node: Oxbow, login: Login): Promise<Answer> =>
  ask(`${node.url}/ajax/system?action=whoami&session=${login.session}`, asBrowser(login));

const logOut = (node: Oxbow, login: Login): Promise<Answer> =>
  ask(`${node.url}/ajax/login?action=logout&session=${login.session}`, asBrowser(login));

const isKnown = async (node: Oxbow, login: Login): Promise<boolean> => "data" in (await whoAmI(node, login)).json;

async function openAt(node: Oxbow, login: Login): Promise<RecordingClient> {
  const client = connectClient(node.url, "4.8", { login });
  await client.connected();
  return client;
}

/** The answer to an upgrade with this session. */
const upgrade = (node: Oxbow, login: Login): Promise<RawAnswer> => {
  const target = `/socket.io/appsuite/?EIO=4&transport=websocket&session=${login.session}`;
  const request = upgradeBytes({ target, cookie: login.cookie, userAgent });
  return rawRequest(node.url, request, { deadlineMs: 10_000, untilAnswer: true }); // it may be held for some seconds
};

describe("three nodes on two members", () => {
  let members: Members;
  let a: Oxbow;
  let b: Oxbow;
  let c: Oxbow;
  beforeAll(async () => {
    members = owned(await startMembers({ count: 2 }));
    [a, b, c] = await Promise.all([startNode(members), startNode(members), startNode(members)]);
    for (const node of [a, b, c])
      await waitFor(
        "the node is in the cluster",
        async () => (await ask(`${node.internalUrl}/health`)).json["status"] === "UP",
        40_000,
      );
  }, 120_000);

  test("log in at A, socket at B, log out at C: the socket gets session:invalid within two seconds", async () => {
    const login = await logIn(a.url);
    const client = await openAt(b, login);
    expect(await isKnown(c, login)).toBe(true);
    const loggedOutAtMs = performance.now();
    expect((await logOut(c, login)).status).toBe(200);
    await client.event("session:invalid", undefined, 2_000);
    expect(performance.now() - loggedOutAtMs).toBeLessThan(2_000);
    for (const node of [a, b, c]) expect((await whoAmI(node, login)).json["code"]).toBe("SES-0203");
  });

  test("members that were gone and came back empty log nobody out, and nobody who has left comes back", async () => {
    const [stays, leaves] = [await logIn(a.url), await logIn(a.url)];
    const client = await openAt(b, stays);
    expect(await isKnown(b, leaves)).toBe(true);
    await logOut(a, leaves);
    await members.restartAllEmpty();
    await waitFor("the session is known at a node that never saw it", () => isKnown(c, stays), 40_000);
    expect(client.received.map(({ name }) => name)).not.toContain("session:invalid");
    expect(client.isConnected()).toBe(true);
    for (const node of [a, b, c])
      await waitFor(
        "who left is unknown",
        async () => (await whoAmI(node, leaves)).json["code"] === "SES-0203",
        20_000,
      );
    await logOut(c, stays);
    await client.event("session:invalid", undefined, 2_000);
  }, 120_000);

  test("no output of a node shows an id, a secret or the key", async () => {
    const login = await logIn(a.url);
    await waitFor("B knows the session", () => isKnown(b, login), 20_000);
    for (const node of [a, b, c]) {
      expect(node.output()).not.toContain(login.session);
      expect(node.output()).not.toContain(login.secret);
      expect(node.output()).not.toContain(exampleKey);
    }
  });
});

test("a node that is cut off serves the sessions it has seen, and answers 503 with Retry-After for all others", async () => {
  const target = { port: 0 };
  const proxy: TcpProxy = owned(await startTcpProxy(target));
  const members = owned(await startMembers({ announcedAs: proxy.address }));
  target.port = Number(members.addresses[0]?.split(":")[1]);
  const { clusterName } = members;
  const [a, b] = await Promise.all([
    startNode({ clusterName, addresses: [proxy.address] }),
    startNode({ clusterName, addresses: [proxy.address] }),
  ]);
  const [seen, unseen] = [await logIn(a.url), await logIn(a.url)];
  await waitFor("B knows the session", () => isKnown(b, seen), 20_000);
  const client = await openAt(b, seen);
  proxy.cut();
  expect(await isKnown(b, seen)).toBe(true);
  await openAt(b, seen);
  const refused = await upgrade(b, unseen);
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
  expect((await whoAmI(b, unseen)).json["code"]).toBe("SRV-0001");
  expect((await logOut(b, unseen)).json["code"]).toBe("SRV-0001");
  const offline = await logIn(b.url, "berta");
  await openAt(b, offline);
  expect((await logOut(b, seen)).status).toBe(200);
  await client.event("session:invalid", undefined, 2_000);
  expect(await isKnown(a, seen)).toBe(true); // nobody can tell A
  proxy.heal();
  await waitFor("A hears of the log-out", async () => !(await isKnown(a, seen)), 40_000);
  await waitFor("A hears of the log-in", () => isKnown(a, offline), 40_000);
  await waitFor("B finds what it did not know", () => isKnown(b, unseen), 40_000);
}, 180_000);

test("without a key the start warns once and names the setting; a key that is too short stops it", async () => {
  const node = await startOxbow({ properties: clustered("nobody", "127.0.0.1:9") });
  expect(node.output().match(/SESSIONS ARE NOT SHARED/g)).toHaveLength(1);
  expect(node.output()).toContain(`${sessionKey}=...`);
  const exit = await runOxbow({ properties: { ...clustered("nobody", "127.0.0.1:9"), [sessionKey]: "too-short" } });
  expect(exit.code).toBe(1);
  expect(exit.output).toContain(sessionKey);
  expect(exit.output).toContain("at least 32 characters");
  expect(exit.output).not.toContain("too-short");
}, 60_000);
