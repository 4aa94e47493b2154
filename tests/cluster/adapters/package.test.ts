/** The package as its users get it: packed, installed into an empty folder, and run as its README says. */
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { io } from "socket.io-client";
import type { Socket } from "socket.io-client";
import { startProgram } from "../../support/child-process.ts";
import type { Program } from "../../support/child-process.ts";
import { onCleanUp } from "../../support/clean-up.ts";
import { freePorts } from "../../support/free-ports.ts";
import { startMembers } from "../../support/hazelcast-members.ts";
import type { Members } from "../../support/hazelcast-members.ts";
import { waitFor } from "../../support/wait-for.ts";

const run = promisify(execFile);
const workspace = join(import.meta.dirname, "../../../adapters");
let folder: string;
let members: Members;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "oxbow-package-"));
  members = await startMembers();
  const env = { ...process.env, NODE_OPTIONS: "" };
  const packed = await run("npm", ["pack", "--json", "--pack-destination", folder], { cwd: workspace, env });
  const tarball = /socket\.io-hazelcast-adapter-[\d.]+\.tgz/.exec(packed.stdout)?.[0] ?? "";
  await writeFile(join(folder, "package.json"), '{ "private": true }');
  await run("npm", ["install", "--prefer-offline", `./${tarball}`, "socket.io@4.8"], { cwd: folder, env });
}, 120_000);

afterAll(async () => {
  await members.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The README's program, told the test's cluster instead of its own. */
async function readmeProgram(): Promise<string> {
  const readme = await readFile(join(workspace, "README.md"), "utf8");
  const program = /```js\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
  expect(program.trim().split("\n").length).toBeLessThanOrEqual(10);
  const config = { clusterName: members.clusterName, network: { clusterMembers: members.addresses } };
  return program.replace('{ clusterName: "dev" }', JSON.stringify(config));
}

const inCommonJs = (program: string): string =>
  program.replace(
    /import \{ (\w+) \} from ("[^"]+");/g,
    (_line, name, from) => `const { ${name} } = require(${from});`,
  );

async function connect(port: number): Promise<Socket> {
  const socket = io(`http://127.0.0.1:${port}`, { transports: ["websocket"] });
  onCleanUp(() => void socket.close());
  await waitFor("the client is connected", () => socket.connected);
  return socket;
}

function startServer(file: string, port: number): Program {
  const program = startProgram(process.execPath, [file], { cwd: folder, env: { PORT: String(port) } });
  onCleanUp(() => program.kill());
  return program;
}

test.each([
  { form: "import", file: "server.mjs", write: (program: string) => program },
  { form: "require", file: "server.cjs", write: inCommonJs },
])(
  "the README's program exchanges events between two processes, by $form, without a warning",
  async (how) => {
    await writeFile(join(folder, how.file), how.write(await readmeProgram()));
    const [one = 0, other = 0] = await freePorts(2);
    const programs = [startServer(how.file, one), startServer(how.file, other)];
    await waitFor("both listen", async () => {
      const answers = [one, other].map(async (port) =>
        fetch(`http://127.0.0.1:${port}/socket.io/?EIO=4&transport=polling`),
      );
      return (await Promise.all(answers)).length === 2;
    });
    const [sender, receiver] = [await connect(one), await connect(other)];
    const heard: string[] = [];
    receiver.on("said", (text: string) => heard.push(text));
    let said = 0;
    await waitFor(
      "an event of the one process reaches the other",
      () => {
        sender.emit("say", `hello ${String(++said)}`);
        return heard.length > 0;
      },
      10_000,
    );
    for (const program of programs) expect(program.output()).toBe("");
  },
  40_000,
);

test("brings the Hazelcast client and nothing of the server", async () => {
  const installed = await readdir(join(folder, "node_modules"));
  expect(installed).toContain("hazelcast-client");
  for (const foreign of ["express", "pino", "prom-client", "commander", "oxbow"])
    expect(installed).not.toContain(foreign);
  const packed = await readdir(join(folder, "node_modules/socket.io-hazelcast-adapter"));
  expect(packed.sort()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
  const built = await readdir(join(folder, "node_modules/socket.io-hazelcast-adapter/dist"));
  expect(built.filter((name) => !/\.(?:js|d\.ts|js\.map)$/.test(name))).toEqual([]);
});

test("a bare process that closes its server exits by itself within two seconds", async () => {
  const program = `${await readmeProgram()}
    const { cluster } = io.of("/").adapter;
    cluster.on("state", async (state) => {
      if (state !== "ready") return;
      console.log("closing");
      await io.close();
      console.log("closed");
    });`;
  await writeFile(join(folder, "closing.mjs"), program);
  const server = startServer("closing.mjs", (await freePorts(1))[0] ?? 0);
  await server.printed(/closing/, 10_000);
  const closingAtMs = performance.now();
  await server.ended;
  expect(server.output()).toBe("closing\nclosed\n");
  expect(performance.now() - closingAtMs).toBeLessThan(2_000);
}, 20_000);
