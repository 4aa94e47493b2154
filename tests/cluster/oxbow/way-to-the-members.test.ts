/** How a node gets to its members: by TLS with the name checked, with credentials, by names that change their address. */
import { describe, expect, test } from "@jest/globals";
import { writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server } from "node:net";
import path from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { asObject, ask } from "../../support/acceptance/http.ts";
import { createTestAuthority } from "../../support/certificates.ts";
import { onCleanUp, owned } from "../../support/clean-up.ts";
import { freePorts } from "../../support/free-ports.ts";
import { startMembers, type Members } from "../../support/hazelcast-members.ts";
import { restCredentials, runOxbow, startOxbow, temporaryDirectory } from "../../support/oxbow-process.ts";
import type { Oxbow, OxbowOptions } from "../../support/oxbow-process.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import { waitFor } from "../../support/wait-for.ts";

const longMs = 120_000;
const joinWithinMs = 40_000;

const clustered = (clusterName: string, more: Readonly<Record<string, string>>): Record<string, string> => ({
  ...restCredentials,
  "com.openexchange.hazelcast.enabled": "true",
  "com.openexchange.hazelcast.group.name": clusterName,
  ...more,
});

/** The cluster's block of `/health`. */
async function clusterOf(node: Oxbow): Promise<{ readonly state: unknown; readonly reason: string }> {
  const { state, reason } = asObject((await ask(`${node.internalUrl}/health`)).json["cluster"]);
  return { state, reason: String(reason) };
}

const joined = (node: Oxbow): Promise<unknown> =>
  waitFor("the node is in the cluster", async () => (await clusterOf(node)).state === "ready", joinWithinMs);

const portOf = (members: Members): number => Number(members.addresses[0]?.split(":")[1]);

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

describe("members behind TLS", () => {
  test(
    "are joined when their certificate is for the wanted name and from the given authority, else never",
    async () => {
      const authority = owned(await createTestAuthority());
      const upstream = { port: 0 };
      let secured = 0;
      const proxy = createTlsServer(await authority.issue("hazelcast.test"), (client) => {
        secured += 1;
        const member = connect(upstream.port, "127.0.0.1");
        client.pipe(member).pipe(client);
        client.on("error", () => member.destroy());
        member.on("error", () => client.destroy());
        onCleanUp(() => client.destroy());
      });
      onCleanUp(() => proxy.close());
      const address = `127.0.0.1:${await listening(proxy)}`;
      const members = owned(await startMembers({ announcedAs: address }));
      upstream.port = portOf(members);
      const start = (tls: Readonly<Record<string, string>>): Promise<Oxbow> =>
        startOxbow({
          properties: clustered(members.clusterName, {
            "com.openexchange.hazelcast.network.join.static.nodes": address,
            "com.openexchange.oxbow.hazelcast.tls": "true",
            ...tls,
          }),
        });
      const ca = { "com.openexchange.oxbow.hazelcast.tls.ca": authority.caFile };
      const refused = await Promise.all([
        start(ca), // the certificate is not for an address
        start({ ...ca, "com.openexchange.oxbow.hazelcast.tls.serverName": "other.test" }),
        start({ "com.openexchange.oxbow.hazelcast.tls.serverName": "hazelcast.test" }), // an authority nobody knows
      ]);
      const good = await start({ ...ca, "com.openexchange.oxbow.hazelcast.tls.serverName": "hazelcast.test" });
      await joined(good);
      expect(secured).toBeGreaterThan(0);
      for (const [index, why] of [/altnames.*127\.0\.0\.1/s, /altnames.*other\.test/s, /certificate/].entries()) {
        const node = refused[index];
        if (node === undefined) throw new Error("a node is missing");
        await waitFor("the node says why", async () => why.test((await clusterOf(node)).reason), joinWithinMs);
        expect((await clusterOf(node)).state).toBe("degraded");
      }
    },
    longMs,
  );

  test("a file of authorities that cannot be read stops the start with its name", async () => {
    const exit = await runOxbow({
      properties: clustered("any", {
        "com.openexchange.oxbow.hazelcast.tls": "true",
        "com.openexchange.oxbow.hazelcast.tls.ca": "/nowhere/ca.pem",
      }),
    });
    expect(exit.code).toBe(1);
    expect(exit.output).toContain("com.openexchange.oxbow.hazelcast.tls.ca");
    expect(exit.output).toContain("/nowhere/ca.pem");
  });
});

test(
  "user name and password stand in the login message to a member, and in no line of the log",
  async () => {
    let received = Buffer.alloc(0);
    const recorder = createServer((client) => {
      onCleanUp(() => client.destroy());
      client.on("error", () => undefined);
      client.on("data", (bytes) => (received = Buffer.concat([received, bytes])));
    });
    onCleanUp(() => recorder.close());
    const node = await startOxbow({
      properties: clustered("group-7", {
        "com.openexchange.hazelcast.network.join.static.nodes": `127.0.0.1:${await listening(recorder)}`,
        "com.openexchange.oxbow.hazelcast.username": "oxbow-node",
        "com.openexchange.oxbow.hazelcast.password": "p@ss wörd",
      }),
    });
    await waitFor("a login message", () => received.includes("p@ss wörd"), joinWithinMs);
    // The protocol's mark, then one message: a fixed part and texts with their lengths (4 bytes, little endian) before.
    expect(received.toString("latin1", 0, 3)).toBe("CP2");
    expect(textsIn(received)).toEqual(expect.arrayContaining(["group-7", "oxbow-node", "p@ss wörd"]));
    expect(node.output()).not.toContain("p@ss");
  },
  longMs,
);

/** Every run of bytes that a frame length before it announces: frames are length (with 6 bytes of head), flags, content. */
function textsIn(message: Buffer): readonly string[] {
  const texts: string[] = [];
  for (let at = 3; at + 6 <= message.length;) {
    const length = message.readUInt32LE(at);
    if (length < 6) break;
    texts.push(message.toString("utf8", at + 6, at + length));
    at += length;
  }
  return texts;
}

test(
  "a name of the members is resolved anew: a node follows it to a cluster at another address",
  async () => {
    const [port = 0] = await freePorts(1);
    const [oldHost, newHost] = ["127.0.0.2", "127.0.0.3"];
    const before = { port: 0 };
    const after = { port: 0 };
    owned(await startTcpProxy(before, { host: oldHost, port }));
    owned(await startTcpProxy(after, { host: newHost, port }));
    const addressFile = path.join(temporaryDirectory(), "address");
    writeFileSync(addressFile, oldHost);
    const first = owned(await startMembers({ announcedAs: `${oldHost}:${port}` }));
    before.port = portOf(first);
    const node = await startOxbow(followingNames(first.clusterName, port, addressFile));
    await joined(node);

    await first.stop();
    await waitFor("the node is alone", async () => (await clusterOf(node)).state === "degraded", joinWithinMs);
    const { clusterName } = first;
    const second = owned(await startMembers({ clusterName, announcedAs: `${newHost}:${port}` }));
    after.port = portOf(second);
    writeFileSync(addressFile, newHost);
    await joined(node);
  },
  longMs,
);

const followingNames = (clusterName: string, port: number, addressFile: string): OxbowOptions => ({
  properties: clustered(clusterName, {
    "com.openexchange.hazelcast.network.join": "dns",
    "com.openexchange.hazelcast.network.join.dns.domainNames": `members.test:${port}`,
  }),
  env: {
    NODE_OPTIONS: `--import=${path.resolve(import.meta.dirname, "../../support/scripted-dns.mjs")}`,
    OXBOW_TEST_NAME: "members.test",
    OXBOW_TEST_ADDRESS_FILE: addressFile,
  },
});
