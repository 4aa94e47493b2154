/** Sessions shared in a real member: what each store does by itself, and what several do together, faults included. */
import { setTimeout as pause } from "node:timers/promises";
import { beforeAll } from "@jest/globals";
import { HazelcastLink } from "../../adapters/hazelcast-link.ts";
import type { Link } from "../../adapters/link.ts";
import { started } from "../contract/adapters/shared-map-contract.ts";
import { sessionStoreContract } from "../contract/session-store.ts";
import { sharedSessionsContract } from "../contract/shared-sessions.ts";
import { onCleanUp, owned } from "../support/clean-up.ts";
import { startMembers, type Members } from "../support/hazelcast-members.ts";
import { openStoreNode, realClock, type SharedCluster } from "../support/shared-stores.ts";
import { startTcpProxy, type TcpProxy } from "../support/tcp-proxy.ts";

let members: Members;
/** The only way to the member: it tells clients this address as its own. */
let proxy: TcpProxy;
beforeAll(async () => {
  const target = { port: 0 };
  proxy = owned(await startTcpProxy(target));
  members = owned(await startMembers({ announcedAs: proxy.address }));
  target.port = Number(members.addresses[0]?.split(":")[1]);
}, 60_000);

async function openLink(): Promise<Link> {
  const link = new HazelcastLink({ clusterName: members.clusterName, network: { clusterMembers: [proxy.address] } });
  onCleanUp(() => link.close());
  return started(link);
}

let opened = 0;

/** Maps of its own on the member that all tests share. */
function openCluster(): Promise<SharedCluster> {
  opened += 1;
  const prefix = `oxbow-${opened}-`;
  onCleanUp(() => proxy.heal());
  return Promise.resolve({
    node: async (options) => {
      const link = await openLink();
      return openStoreNode({ map: (name, indexed) => link.map(`${prefix}${name}`, indexed) }, realClock, options);
    },
    pass: (ms) => pause(ms), // the member's clock cannot be moved
    cut: () => proxy.cut(),
    heal: () => proxy.heal(),
    reset: () => members.restartAllEmpty(),
  });
}

sessionStoreContract("a Hazelcast member", async (limits) => {
  const cluster = await openCluster();
  const { store } = await cluster.node({ limits: () => limits });
  return { store, pass: (ms) => cluster.pass(ms) };
});

sharedSessionsContract("a Hazelcast member", openCluster);
