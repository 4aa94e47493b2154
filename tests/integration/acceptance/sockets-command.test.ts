/** An administrator at a running node: `oxbow sockets` and the admin API below it, with real browsers' clients. */
import { beforeAll, describe, expect, test } from "@jest/globals";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { connectClient } from "../../support/acceptance/clients.ts";
import type { RecordingClient } from "../../support/acceptance/clients.ts";
import { openEngineSocket } from "../../support/acceptance/engine-socket.ts";
import { ask, asObject, logIn, type Login, pushTo, restAuthorization } from "../../support/acceptance/http.ts";
import { scrape } from "../../support/acceptance/metrics.ts";
import { callCommand, type Called } from "../../support/command.ts";
import { type Oxbow, runCommand, startOxbow, temporaryDirectory } from "../../support/oxbow-process.ts";
import { waitFor, within } from "../../support/wait-for.ts";

const adminToken = "com.openexchange.oxbow.adminToken";
const fingerprint = ({ session }: Login): string => createHash("sha256").update(session).digest("hex").slice(0, 16);

/** `oxbow sockets ...` about this node. */
const sockets = (node: Pick<Oxbow, "internalUrl">, ...args: readonly string[]): Promise<Called> =>
  callCommand("sockets", ...args, "--internal", node.internalUrl);

/** What `--json` printed: one line. */
function jsonOf({ code, output }: Called): Readonly<Record<string, unknown>> {
  expect({ code, lines: output.split("\n").length }).toEqual({ code: 0, lines: 2 });
  return asObject(JSON.parse(output));
}

async function list(node: Oxbow, ...args: readonly string[]): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const entries = jsonOf(await sockets(node, "list", "--json", ...args))["sockets"];
  return Array.isArray(entries) ? entries.map(asObject) : [];
}

const connected = async (node: Oxbow, login: Login, connection: string): Promise<RecordingClient> => {
  const client = connectClient(node.url, "4.8", { login, connection, events: ["count"] });
  await client.connected();
  return client;
};

describe("at one node", () => {
  let oxbow: Oxbow;
  let anton: Login;
  let berta: Login;
  beforeAll(async () => {
    oxbow = await startOxbow();
    [anton, berta] = [await logIn(oxbow.url), await logIn(oxbow.url, "berta")];
  });
  const nobodyLeft = (): Promise<unknown> =>
    waitFor("no socket is left", async () => (await scrape(oxbow.internalUrl)).sum("oxbow_connections") === 0);

  test("sockets are listed with all that is to be known of them, and no session id", async () => {
    const before = Date.now();
    const client = await connected(oxbow, anton, "1700000000001");
    const [entry, ...more] = await list(oxbow);
    expect(more).toEqual([]);
    const { node, since, ...rest } = entry ?? {};
    expect(rest).toEqual({
      context: 1,
      user: 3,
      session: fingerprint(anton),
      connection: "1700000000001",
      client: "open-xchange-appsuite",
      address: "127.0.0.1",
      path: "/socket.io/appsuite/",
      protocol: 4,
    });
    expect(node).toMatch(/^[\da-f]{16}$/);
    expect(Date.parse(String(since))).toBeGreaterThanOrEqual(before - 1_000);
    const shown = await sockets(oxbow, "list");
    expect(shown.code).toBe(0);
    expect(shown.output).toMatch(/^CONTEXT +USER +SESSION/);
    expect(shown.output).toMatch(/1 sockets\n$/);
    expect(shown.output).not.toContain(anton.session);
    client.close();
    await nobodyLeft();
  });

  test("filters and pages select", async () => {
    const clients = [
      await connected(oxbow, anton, "1"),
      await connected(oxbow, anton, "2"),
      await connected(oxbow, berta, "3"),
    ];
    const connections = async (...args: readonly string[]): Promise<readonly unknown[]> =>
      (await list(oxbow, ...args)).map(({ connection }) => connection);
    expect(await connections("--context", "1", "--user", "3")).toEqual(["1", "2"]);
    expect(await connections("--session", fingerprint(berta))).toEqual(["3"]);
    expect(await connections("--connection", "2")).toEqual(["2"]);
    expect(await connections("--path", "/socket.io/")).toEqual([]);
    expect(await connections("--path", "/socket.io/*")).toEqual(["1", "2", "3"]);
    const page = jsonOf(await sockets(oxbow, "list", "--json", "--limit", "2"));
    expect(page).toMatchObject({ total: 3, complete: true, missing: [] });
    expect(await connections("--cursor", String(page["next"]))).toEqual(["3"]);
    for (const client of clients) client.close();
    await nobodyLeft();
  });

  test("a dry run closes nothing", async () => {
    const client = await connected(oxbow, anton, "1");
    const args = ["sockets", "close", "--context", "1", "--user", "3", "--dry-run", "--internal", oxbow.internalUrl];
    const { code, output } = await runCommand(args, ""); // a process of its own, as an operator starts it
    expect([code, output]).toEqual([0, "1 sockets would be closed\n"]);
    expect(client.life).toEqual(["connect"]);
    client.close();
    await nobodyLeft();
  });

  test("closed sockets end by the transport alone, and their browsers come back by themselves", async () => {
    const [client, witness] = [await connected(oxbow, anton, "1"), await connected(oxbow, berta, "2")];
    const wire = await openEngineSocket(oxbow.url, { login: anton, protocol: 4 });
    const closed = jsonOf(await sockets(oxbow, "close", "--context", "1", "--user", "3", "--yes", "--json"));
    expect(closed).toEqual({ count: 2, dryRun: false, complete: true, missing: [] });
    await waitFor("the socket is closed", () => wire.closeCode() !== undefined);
    expect(wire.closeCode()).toBe(1012);
    await waitFor("the client is back", () => client.life.length === 3 && client.isConnected());
    expect(client.life).toEqual(["connect", "disconnect: transport close", "connect"]);
    expect(client.received).toEqual([]);
    await pushTo(oxbow.url, 3, "count", { n: 1 });
    await client.event("count");
    expect(witness.life).toEqual(["connect"]);
    const metrics = await scrape(oxbow.internalUrl);
    expect(metrics.sum("oxbow_connections_closed_total", { reason: "administrator" })).toBe(2);
    for (const one of [client, witness]) one.close();
    await nobodyLeft();
  });

  test("each close is audited, and no id of a session or connection appears", async () => {
    const client = await connected(oxbow, anton, "1700000000999");
    const known = oxbow.logs().length;
    await sockets(oxbow, "close", "--session", fingerprint(anton), "--connection", "1700000000999", "--yes");
    const headers = { Authorization: restAuthorization };
    await ask(`${oxbow.internalUrl}/admin/v1/sockets?all=true`, { method: "DELETE", headers });
    await waitFor("both are told", () => oxbow.logs().length >= known + 2);
    const audit = oxbow.logs().slice(known);
    const common = { event: "audit", action: "sockets.close", address: "127.0.0.1", complete: true };
    const filter = { session: fingerprint(anton), connection: "given" };
    expect(audit).toEqual([
      expect.objectContaining({ ...common, by: "token", count: 1, filter }),
      expect.objectContaining({ ...common, by: "login", login: "rest", filter: {} }),
    ]);
    expect(JSON.stringify(audit)).not.toContain("1700000000999");
    expect(oxbow.output()).not.toContain(anton.session);
    client.close();
    await nobodyLeft();
  });

  test("a user without a context is a wrong call, and the parameter is named", async () => {
    const { code, output } = await sockets(oxbow, "close", "--user", "3", "--yes");
    expect([code, output]).toEqual([2, expect.stringMatching(/user: needs the parameter context/)]);
  });

  test("a node that there is not is told, and is a problem", async () => {
    const { code, output } = await sockets(oxbow, "list", "--node", "0123456789abcdef");
    expect([code, output]).toEqual([1, expect.stringMatching(/no answer of node 0123456789abcdef/)]);
  });

  test("the admin API needs credentials, of a page's request or not, and the node tells what it is", async () => {
    const nodes = `${oxbow.internalUrl}/admin/v1/nodes`;
    expect((await ask(nodes)).status).toBe(401);
    const headers = { Authorization: restAuthorization };
    expect((await ask(nodes, { headers: { ...headers, Origin: "http://attacker.example" } })).status).toBe(403);
    const answer = await ask(nodes, { headers });
    expect(answer.json).toMatchObject({ complete: true, missing: [] });
    const [node] = Array.isArray(answer.json["nodes"]) ? answer.json["nodes"].map(asObject) : [];
    expect(node).toMatchObject({ phase: "ready", sockets: 0 });
    expect(node?.["version"]).toMatch(/^\d/);
  });
});

describe("the token", () => {
  test("that was made is gone with the node, and then the node is not reachable", async () => {
    const runtimeDirectory = temporaryDirectory();
    const env = { RUNTIME_DIRECTORY: runtimeDirectory };
    const oxbow = await startOxbow({ env });
    const { port } = new URL(oxbow.internalUrl);
    const file = join(runtimeDirectory, `admin-token-127.0.0.1-${port}`);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await sockets(oxbow, "list", "--token-file", file)).code).toBe(0);
    await oxbow.stop();
    await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
    const { code, output } = await sockets(oxbow, "list");
    expect([code, output]).toEqual([3, expect.stringContaining("is the node running")]);
  });

  test("of another node is not taken", async () => {
    const [one, other] = await Promise.all([startOxbow(), startOxbow({ set: { [adminToken]: "a-token-of-its-own" } })]);
    await other.writeConfig("token", "some-other-token\n");
    const { code, output } = await sockets(other, "list", "--token-file", join(other.configDir, "token"));
    expect([code, output]).toEqual([1, expect.stringMatching(/does not take the admin token/)]);
    expect(output).not.toContain("some-other-token");
    expect((await sockets(one, "list")).code).toBe(0);
  });

  test("that is set is found in the configuration, and a reload applies", async () => {
    const oxbow = await startOxbow();
    expect((await sockets(oxbow, "list")).code).toBe(0);
    await oxbow.writeConfig("20-admin.properties", `${adminToken}=the-first-token-of-all\n`);
    oxbow.kill("SIGHUP");
    const asToken = async (token: string): Promise<number> =>
      (await ask(`${oxbow.internalUrl}/admin/v1/nodes`, { headers: { Authorization: `Bearer ${token}` } })).status;
    await waitFor("the token counts", async () => (await asToken("the-first-token-of-all")) === 200);
    await waitFor(
      "the made token's file is gone",
      async () => (await sockets(oxbow, "list")).output.includes("no node left a token"),
      15_000,
    );
    expect((await sockets(oxbow, "list", "--config", oxbow.configDir)).code).toBe(0);
    expect((await sockets(oxbow, "list")).code).toBe(1);
    expect(oxbow.output()).not.toContain("the-first-token-of-all");
  });

  test("that cannot be left for the command line is told, and the node serves", async () => {
    const oxbow = await startOxbow({ env: { RUNTIME_DIRECTORY: "/dev/null/nowhere" } });
    expect(oxbow.output()).toMatch(/the admin token cannot be left for the command line.*adminToken/);
    expect((await ask(`${oxbow.internalUrl}/ready`)).status).toBe(200);
  });
});

test("a quiet log still tells of changes", async () => {
  const oxbow = await startOxbow();
  const token = "the-first-token-of-all";
  await oxbow.writeConfig("20-quiet.properties", `com.openexchange.oxbow.logLevel=error\n${adminToken}=${token}\n`);
  oxbow.kill("SIGHUP");
  const call = async (path: string, method: string): Promise<number> =>
    (await ask(`${oxbow.internalUrl}${path}`, { method, headers: { Authorization: `Bearer ${token}` } })).status;
  await waitFor("the reload applies", async () => (await call("/admin/v1/nodes", "GET")) === 200);
  const known = oxbow.logs().length;
  expect(await call("/admin/v1/sockets?all=true", "DELETE")).toBe(200);
  await waitFor("the line is there", () => oxbow.logs().length > known);
  expect(oxbow.logs().slice(known)).toEqual([expect.objectContaining({ event: "audit", by: "token", count: 0 })]);
});

test("what answers and is no oxbow is told as such", async () => {
  const oxbow = await startOxbow({ set: { [adminToken]: "a-token-of-its-own" } });
  await oxbow.writeConfig("token", "a-token-of-its-own\n");
  const { code, output } = await sockets(
    { internalUrl: oxbow.url },
    ...["list", "--token-file", join(oxbow.configDir, "token")],
  );
  expect([code, output]).toEqual([
    1,
    expect.stringMatching(/answered 404: is it the internal listener\?|no such path/),
  ]);
});

test("a reader that has enough of the output, as `head` has, makes no fault of it", async () => {
  const command = spawn(process.execPath, [join(import.meta.dirname, "../../../server/oxbow.mjs"), "version"], {
    env: { ...process.env, NODE_OPTIONS: undefined },
    stdio: ["ignore", "pipe", "pipe"],
  });
  command.stdout.destroy();
  let errors = "";
  command.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  const code = await within("it ends", new Promise((resolve) => command.once("close", resolve)), 30_000);
  expect(code).toBe(0);
  expect(errors).not.toContain("EPIPE");
});
