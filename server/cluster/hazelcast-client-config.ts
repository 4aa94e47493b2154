/** What the settings say about the way to the members, as the Hazelcast client wants it. */
import { readFile } from "node:fs/promises";
import type { ClientConfig } from "socket.io-hazelcast-adapter";
import type { Settings } from "../../cascade/index.ts";
import * as cluster from "../settings/cluster.ts";

/** A combination or a file that no cluster can be joined with. */
export class UnusableClusterSettings extends Error {
  readonly code = "OXB-0104";
}

const defaultPort = 5701;

/**
 * @param warn told what is probably not meant
 * @throws {UnusableClusterSettings} for a way of joining that only the middleware knows, for no names, for an unreadable file
 */
export async function hazelcastClientConfig(
  settings: Pick<Settings, "read">,
  warn: (message: string) => void,
): Promise<ClientConfig> {
  const username = settings.read(cluster.hazelcastUsername);
  return {
    clusterName: settings.read(cluster.hazelcastGroupName),
    network: { clusterMembers: membersOf(settings, warn), ...(await tlsOf(settings)) },
    ...(username === undefined
      ? {}
      : { security: { usernamePassword: { username, password: settings.read(cluster.hazelcastPassword) ?? "" } } }),
  };
}

/** Names stay names: the client resolves them at each attempt to connect, so that a changed record counts. */
function membersOf(settings: Pick<Settings, "read">, warn: (message: string) => void): string[] {
  const join = settings.read(cluster.hazelcastJoin);
  if (join === "dns") {
    const names = settings.read(cluster.hazelcastDomainNames);
    if (names.length > 0) return names.map(withPort);
    throw new UnusableClusterSettings(
      `${cluster.hazelcastJoin.name}=dns needs ${cluster.hazelcastDomainNames.name}: the domain names of the members`,
    );
  }
  if (join !== "static") {
    throw new UnusableClusterSettings(
      `${cluster.hazelcastJoin.name}=${JSON.stringify(join.slice(0, 64))} is not served: set it to static and list the members in ` +
        `${cluster.hazelcastStaticNodes.name}, or to dns and name them in ${cluster.hazelcastDomainNames.name}`,
    );
  }
  const nodes = settings.read(cluster.hazelcastStaticNodes);
  if (nodes.length > 0) return nodes.map(withPort);
  warn(`${cluster.hazelcastStaticNodes.name} is empty: looking for a member at 127.0.0.1:${defaultPort}`);
  return [`127.0.0.1:${defaultPort}`];
}

const withPort = (address: string): string => (/:\d+$/.test(address) ? address : `${address}:${defaultPort}`);

/** Without options of ours the client would take any certificate that is in date, whoever it is for. */
async function tlsOf(settings: Pick<Settings, "read">): Promise<Pick<NonNullable<ClientConfig["network"]>, "ssl">> {
  if (!settings.read(cluster.hazelcastTls)) return {};
  const file = settings.read(cluster.hazelcastTlsCa);
  const servername = settings.read(cluster.hazelcastTlsServerName);
  const ca = file === undefined ? undefined : await readCertificates(file);
  const sslOptions = {
    rejectUnauthorized: true,
    ...(ca === undefined ? {} : { ca }),
    ...(servername === undefined ? {} : { servername }),
  };
  return { ssl: { enabled: true, sslOptions } };
}

async function readCertificates(file: string): Promise<string> {
  try {
    const text = await readFile(file, "utf8");
    if (text.includes("-----BEGIN CERTIFICATE-----")) return text;
  } catch (cause) {
    throw new UnusableClusterSettings(`${cluster.hazelcastTlsCa.name}: ${file} cannot be read`, { cause });
  }
  throw new UnusableClusterSettings(`${cluster.hazelcastTlsCa.name}: ${file} holds no certificate in PEM form`);
}
