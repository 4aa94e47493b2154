/** The view over nodes of this process: three real answerers, each with sockets of its own. */
import { expect, test } from "@jest/globals";
import { createOwnNode, withOthers } from "../../../../../server/ops/admin/node-directory.ts";
import type { NodeDirectory } from "../../../../../server/ops/admin/node-directory.ts";
import { createAnswerer } from "../../../../../server/ops/admin/node-questions.ts";
import type { Answerer } from "../../../../../server/ops/admin/node-questions.ts";
import { createSocketsView } from "../../../../../server/ops/admin/sockets-view.ts";
import type { SocketsView } from "../../../../../server/ops/admin/sockets-view.ts";
import { createOpenSockets } from "../../../../../server/realtime/open-sockets.ts";
import { recordedSocket } from "../../recorded-socket.ts";
import type { RecordedSocket } from "../../recorded-socket.ts";
import { inspector } from "./example-answers.ts";

const ids = ["000000000000000a", "000000000000000b", "000000000000000c"] as const;
const [here, there, elsewhere] = ids;
const everything = { filter: {}, after: undefined, limit: 100 } as const;

function createNode(
  id: string,
  sockets: readonly RecordedSocket[],
): { readonly id: string; readonly answer: Answerer } {
  const openSockets = createOpenSockets(() => 10_000);
  for (const socket of sockets) openSockets.add(socket);
  const answer = createAnswerer({
    openSockets,
    inspector,
    self: () => id,
    describeNode: () => ({
      node: id,
      host: "host",
      pid: 1,
      version: "1.2.3",
      phase: "ready",
      sockets: openSockets.size,
      since: "2026-01-01T00:00:00.000Z",
    }),
  });
  return { id, answer };
}

type Node = ReturnType<typeof createNode>;

/** What travels is text, as between real nodes. */
const othersOf = (
  nodes: readonly Node[],
  silent: readonly string[] = [],
  areAllKnown = true,
): Pick<NodeDirectory, "ask"> => ({
  ask: async (question, { only }) => {
    const asked = nodes.filter(({ id }) => (only ?? id) === id);
    const heard = asked.filter(({ id }) => !silent.includes(id));
    const onWire: unknown = JSON.parse(JSON.stringify(question));
    const answers = await Promise.all(
      heard.map(async ({ id, answer }) => ({ node: id, answer: await answer(onWire) })),
    );
    const missing =
      only !== undefined && asked.length === 0
        ? [only]
        : asked.filter((one) => silent.includes(one.id)).map(({ id }) => id);
    return { answers, missing, areAllKnown };
  },
});

interface Cluster {
  readonly view: SocketsView;
  readonly faults: readonly unknown[];
}

function viewOf(own: Node, others: Pick<NodeDirectory, "ask"> | undefined): Cluster {
  const faults: unknown[] = [];
  const alone = createOwnNode(() => own.id, own.answer);
  const nodes = others === undefined ? alone : withOthers(() => own.id, alone, others);
  const view = createSocketsView({ nodes, timeoutMs: 1_000, onFault: (_what, cause) => void faults.push(cause) });
  return { view, faults };
}

/** Two sockets of user 3 and one of user 4, at three nodes. */
function threeNodes(silent: readonly string[] = []) {
  const first = recordedSocket({ connection: "1" });
  const second = recordedSocket({ connection: "2" });
  const berta = recordedSocket({ userId: 4, session: "b", connection: "1" });
  const [a, b, c] = [createNode(here, [first]), createNode(there, [second]), createNode(elsewhere, [berta])];
  return { first, second, berta, ...viewOf(a, othersOf([b, c], silent)) };
}

test("all sockets are listed, in order, with the node that has them", async () => {
  const page = await threeNodes().view.list(everything);
  expect(page.sockets.map(({ user, connection, node }) => [user, connection, node])).toEqual([
    [3, "1", here],
    [3, "2", there],
    [4, "1", elsewhere],
  ]);
  expect(page).toMatchObject({ total: 3, complete: true, missing: [] });
  expect(page.next).toBeUndefined();
});

test("pages follow each other by their cursors, and each tells the total", async () => {
  const { view } = threeNodes();
  const first = await view.list({ ...everything, limit: 2 });
  expect(first.sockets).toHaveLength(2);
  expect(first.total).toBe(3);
  expect(typeof first.next).toBe("string");
});

test("a filter counts on every node", async () => {
  const page = await threeNodes().view.list({ ...everything, filter: { context: 1, user: 3 } });
  expect(page.sockets.map(({ user }) => user)).toEqual([3, 3]);
  expect(page.total).toBe(2);
});

test("a node that is silent makes the list partial, and is named", async () => {
  const page = await threeNodes([there]).view.list(everything);
  expect(page.sockets.map(({ node }) => node)).toEqual([here, elsewhere]);
  expect(page).toMatchObject({ complete: false, missing: [there] });
});

test("a node that says what nobody understands is missing, and told as a fault", async () => {
  const odd = { id: there, answer: () => Promise.resolve({ sockets: "many" }) };
  const { view, faults } = viewOf(createNode(here, []), othersOf([odd]));
  expect(await view.list(everything)).toMatchObject({ sockets: [], complete: false, missing: [there] });
  expect(faults).toHaveLength(1);
});

test("while the cluster is not reached there may be others", async () => {
  const { view } = viewOf(createNode(here, []), othersOf([], [], false));
  expect(await view.list(everything)).toMatchObject({ complete: false, missing: [] });
});

test("sockets of one user are closed wherever they are, and nobody else's", async () => {
  const { view, first, second, berta } = threeNodes();
  expect(await view.close({ filter: { context: 1, user: 3 }, dryRun: false })).toEqual({
    count: 2,
    complete: true,
    missing: [],
  });
  expect([first.ends, second.ends, berta.ends]).toEqual([["administrator"], ["administrator"], []]);
  expect((await view.list(everything)).total).toBe(1);
});

test("a dry run counts and closes nothing", async () => {
  const { view, first } = threeNodes();
  expect(await view.close({ filter: {}, dryRun: true })).toMatchObject({ count: 3 });
  expect(first.ends).toEqual([]);
  expect((await view.list(everything)).total).toBe(3);
});

test("thousands are closed, each once", async () => {
  const sockets = Array.from({ length: 1_001 }, (_, index) => recordedSocket({ connection: String(index) }));
  const { view } = viewOf(createNode(here, sockets), undefined);
  expect(await view.close({ filter: { context: 1 }, dryRun: false })).toMatchObject({ count: 1_001 });
  expect(sockets.filter(({ ends }) => ends.length !== 1)).toEqual([]);
});

test.each([
  { name: "this node", node: here, connections: ["1"] },
  { name: "another one", node: there, connections: ["2"] },
])("sockets of $name alone are listed by asking it alone", async ({ node, connections }) => {
  const silent = ids.filter((id) => id !== node);
  const page = await threeNodes(silent).view.list({ ...everything, filter: { node } });
  expect(page.sockets.map(({ connection }) => connection)).toEqual(connections);
  expect(page.complete).toBe(true);
});

test.each([true, false])("a node that there is not is missing (in a cluster: %s)", async (inCluster) => {
  const { view } = viewOf(createNode(here, []), inCluster ? othersOf([]) : undefined);
  const page = await view.list({ ...everything, filter: { node: elsewhere } });
  expect(page).toEqual({ sockets: [], total: 0, complete: false, missing: [elsewhere] });
});

test("nodes are listed by id, with what they say of themselves", async () => {
  const { nodes, complete } = await threeNodes().view.nodes();
  expect(nodes.map(({ node, sockets }) => [node, sockets])).toEqual(ids.map((id) => [id, 1]));
  expect(complete).toBe(true);
});

test.each([
  { name: "a question of a later release", question: { ask: "colour" } },
  {
    name: "a filter with a field of a later release",
    question: { ask: "close", dryRun: false, filter: { colour: "red" } },
  },
  { name: "no question at all", question: undefined },
  { name: "a page that is too large", question: { ask: "sockets", filter: {}, limit: 5_000 } },
])("$name is not answered, and closes nothing", async ({ question }) => {
  const socket = recordedSocket();
  const { answer } = createNode(here, [socket]);
  await expect(answer(question)).rejects.toThrow();
  expect(socket.ends).toEqual([]);
});
