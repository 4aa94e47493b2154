/** Three nodes with a client each, opened once for a contract suite, and quiet before each of its tests. */
import { beforeAll, beforeEach } from "@jest/globals";
import type { AdapterFactory } from "../../../adapters/create-adapter.ts";
import { createAdapterOn } from "../../../adapters/create-adapter.ts";
import type { Link } from "../../../adapters/link.ts";
import { onCleanUp } from "../../support/clean-up.ts";
import { waitFor } from "../../support/wait-for.ts";
import type { TestClient, TestNode } from "./nodes.ts";
import { openNode, settled } from "./nodes.ts";

type CreateAdapter = (options?: { prefix?: string }) => AdapterFactory;
/** Finds one cluster that nobody else is in; the result makes links to it. */
export type OpenCluster = () => Promise<() => Link>;

export interface ContractCluster {
  nodes: [TestNode, TestNode, TestNode];
  clients: [TestClient, TestClient, TestClient];
  create: CreateAdapter;
  openLink: () => Link;
  /** Further nodes, for the present test. */
  readonly extra: (options?: Parameters<typeof openNode>[1][]) => Promise<TestNode[]>;
  /** Takes the client's events up to a marker that is emitted now: nothing unexpected came before it. */
  readonly eventsUpToMarker: (client: TestClient, from: TestNode, namespace?: string) => Promise<unknown[][]>;
}

const notYet = (): never => {
  throw new Error("the cluster is opened before the first test");
};

export function contractCluster(open: OpenCluster): ContractCluster {
  const cluster: ContractCluster = {
    get nodes(): ContractCluster["nodes"] {
      return notYet();
    },
    get clients(): ContractCluster["clients"] {
      return notYet();
    },
    create: notYet,
    openLink: notYet,
    extra: async (options = [{}]) => {
      const more = await Promise.all(options.map((one) => openNode(cluster.create(), one)));
      onCleanUp(() => Promise.all(more.map((node) => node.close())));
      await settled([...cluster.nodes, ...more]);
      return more;
    },
    eventsUpToMarker: async (client, from, namespace = "/") => {
      const marker = `marker ${Math.random()}`;
      from.io.of(namespace).emit(marker);
      await waitFor("the marker", () => client.events.some(([name]) => name === marker));
      return client.events.splice(0).filter(([name]) => !String(name).startsWith("marker"));
    },
  };
  beforeAll(async () => {
    const openLink = await open();
    const create: CreateAdapter = (options) => createAdapterOn(openLink, options);
    const nodes: ContractCluster["nodes"] = [
      await openNode(create()),
      await openNode(create()),
      await openNode(create()),
    ];
    onCleanUp(() => Promise.all(nodes.map((node) => node.close())));
    await settled(nodes);
    const clients = [await nodes[0].connect(), await nodes[1].connect(), await nodes[2].connect()];
    Object.defineProperties(cluster, {
      create: { value: create },
      openLink: { value: openLink },
      nodes: { value: nodes },
      clients: { value: clients },
    });
  }, 90_000);
  beforeEach(async () => {
    for (const [index, node] of cluster.nodes.entries()) node.io.emit(`marker start ${index}`);
    for (const client of cluster.clients) {
      const started = (): number => client.events.filter(([name]) => String(name).startsWith("marker start")).length;
      await waitFor("the start", () => started() === cluster.nodes.length);
      client.events.length = 0;
    }
  });
  return cluster;
}
