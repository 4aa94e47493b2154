/** The compose file with all that it names: files, hosts, ports, settings. Read without an engine. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { parse } from "yaml";
import { loadSettings } from "../../../cascade/index.ts";
import type { LoadedSettings } from "../../../cascade/index.ts";
import * as cluster from "../../../server/settings/cluster.ts";
import { allSettings } from "../../../server/settings/index.ts";
import { knownProxies, networkListenerPort } from "../../../server/settings/network.ts";
import { sessionKey } from "../../../server/settings/shared-sessions.ts";
import { pingInterval, pingTimeout } from "../../../server/settings/websockets.ts";
import { hazelcastVersion } from "../../support/hazelcast-jar.mjs";
import { mountOf, project, readCompose, readImage, textOf } from "../../support/deployment.ts";

const { services, networks, configs } = readCompose();
const named = (begin: string): readonly string[] => Object.keys(services).filter((name) => name.startsWith(begin));
const [members, nodes] = [named("hazelcast-"), named("oxbow-")];
const nginx = textOf("deploy/nginx/nginx.conf");
const memberConfig = textOf("deploy/hazelcast/oxbow-hazelcast.yaml");

async function nodeSettings(): Promise<LoadedSettings> {
  const directories = [join(project, "deploy/compose")];
  const loaded = await loadSettings({ directories, assignments: [], known: allSettings });
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join("\n"));
  expect(loaded.warnings).toEqual([]);
  return loaded.settings;
}

test("there are three members, two nodes and a proxy, each with a health check", () => {
  expect(Object.keys(services)).toEqual([...members, ...nodes, "proxy"]);
  expect([members.length, nodes.length]).toEqual([3, 2]);
  expect(readImage().healthCheck).not.toEqual([]); // a node's is that of the image
  for (const name of [...members, "proxy"]) expect(services[name]?.healthcheck?.test[0]).toBe("CMD");
});

test("what is mounted or built from exists", () => {
  const all = Object.values(services);
  const paths = all.flatMap(({ volumes, build }) => [
    ...volumes.map((volume) => mountOf(volume).source),
    ...(build === undefined ? [] : [join(build.context, build.dockerfile)]),
  ]);
  expect(paths.length).toBeGreaterThan(6);
  expect(paths.filter((path) => !existsSync(join(project, path)))).toEqual([]);
  expect(all.flatMap((one) => one.networks).filter((name) => !(name in networks))).toEqual([]);
  expect(all.flatMap((one) => Object.keys(one.depends_on)).filter((name) => !(name in services))).toEqual([]);
});

test.each(members)("%s is of the tested version, has the shipped configuration, and knows the others", (name) => {
  const member = services[name];
  expect(member?.image).toBe(`hazelcast/hazelcast:${hazelcastVersion}`);
  const mounted = member?.volumes.map(mountOf).find(({ source }) => source.endsWith("oxbow-hazelcast.yaml"));
  expect(member?.environment["HAZELCAST_CONFIG"]).toBe(mounted?.target);
  const overrides = [...(member?.environment["JAVA_OPTS"] ?? "").matchAll(/-D(\S+?)=(\S+)/g)];
  for (const [, property = ""] of overrides) expect(memberConfig).toContain(`-D${property}=`); // documented there
  const list = overrides.find(([, property]) => property === "hz.network.join.tcp-ip.members")?.[2];
  expect(list).toBe(members.map((one) => `${one}:5701`).join(","));
  expect(member?.hostname).toBe(name);
});

test("the nodes' settings are all known, and fit members, proxy and image", async () => {
  const settings = await nodeSettings();
  expect(settings.read(cluster.hazelcastEnabled)).toBe(true);
  expect(settings.read(cluster.hazelcastStaticNodes)).toEqual(members);
  const { hazelcast } = parse(memberConfig) as { readonly hazelcast: Readonly<Record<string, unknown>> };
  expect(settings.read(cluster.hazelcastGroupName)).toBe(hazelcast["cluster-name"]);
  expect(settings.read(knownProxies)).toEqual(networks["front"]?.ipam?.config.map(({ subnet }) => subnet));
  const configured = readImage().command.at(-1) ?? "";
  for (const name of nodes) {
    const [mounted] = services[name]?.volumes.map(mountOf) ?? [];
    expect(mounted?.target.startsWith(`${configured}/`)).toBe(true);
  }
});

test("the nodes share a key for their sessions: one of the environment, else a marked example that would be taken", () => {
  const [, name = "", example = ""] =
    /^([\w.]+)=\$\{OXBOW_SESSION_KEY:-(\S+)\}$/.exec(configs["session-key"]?.content ?? "") ?? [];
  expect(name).toBe(sessionKey.name);
  expect(example).toMatch(/^example-/);
  expect(sessionKey.value.parse(example)).toEqual({ ok: true, value: example });
  const configured = readImage().command.at(-1) ?? "";
  for (const node of nodes)
    expect(services[node]?.configs).toEqual([
      { source: "session-key", target: `${configured}/session-key.properties` },
    ]);
});

test("the proxy's upstreams are the nodes, its ports are published on loopback only", () => {
  const servers = [...nginx.matchAll(/^\s*server (\S+):(\d+);/gm)].map(([, host, port]) => [host, Number(port)]);
  const each = nodes.map((name) => [name, networkListenerPort.default]);
  expect(servers).toEqual([...each, ...each]); // both together, then each by itself
  const listens = [...nginx.matchAll(/^\s*listen (\d+);/gm)].map(([, port]) => port);
  expect(services["proxy"]?.ports).toEqual(listens.map((port) => `127.0.0.1:${port}:${port}`));
  expect(services["proxy"]?.volumes.map(mountOf)).toEqual([
    { source: "./deploy/nginx/nginx.conf", target: "/etc/nginx/nginx.conf" },
  ]);
});

test("the proxy outwaits the heartbeat and logs no query", () => {
  const seconds = Number(/proxy_read_timeout (\d+)s;/.exec(nginx)?.[1]);
  expect(seconds * 1_000).toBeGreaterThan(pingInterval.default + pingTimeout.default);
  const format = /log_format without_query '(.*)';/.exec(nginx)?.[1] ?? "";
  expect(format).toContain("$uri");
  expect(format).not.toMatch(/\$(request|request_uri|args|query_string|http_referer|http_cookie)\b/);
});
