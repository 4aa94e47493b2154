/** The health check that `docker-compose.yml` gives to members, run against a real one. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "@jest/globals";
import { owned } from "../../support/clean-up.ts";
import { readCompose } from "../../support/deployment.ts";
import { startMembers } from "../../support/hazelcast-members.ts";

test("a member that runs is healthy, and one that is gone is not", async () => {
  const members = owned(await startMembers());
  const [host = "", port = ""] = members.addresses[0]?.split(":") ?? [];
  expect(await healthCheck(host, port)).toBe(0);
  await members.stop();
  expect(await healthCheck(host, port)).not.toBe(0);
}, 60_000);

/** Exit code of the check in a container that has this host name, with the member's port in place of the usual one. */
async function healthCheck(host: string, port: string): Promise<number> {
  const [kind, command = "", ...args] = readCompose().services["hazelcast-1"]?.healthcheck?.test ?? [];
  expect(kind).toBe("CMD");
  const inContainer = args.map((arg) => arg.replaceAll("$$", "$").replace("/5701", `/${port}`));
  const child = spawn(command, inContainer, {
    env: { ...process.env, HOSTNAME: host },
    stdio: "ignore",
    timeout: 5_000,
  });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? -1;
}
