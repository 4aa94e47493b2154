/**
 * Two Hazelcast members and two oxbow nodes on this machine, as a newcomer wants to see them: real programs on free
 * ports of loopback, the bundled configuration, one command. Nothing of Jest in here; tests start nodes by
 * `oxbow-process.ts`.
 */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { startProgram, type Program } from "./child-process.ts";
import { startMembers, type Members } from "./hazelcast-members.ts";
import { within } from "./wait-for.ts";

export interface LocalNode {
  readonly url: string;
  readonly internalUrl: string;
  readonly program: Program;
}

export interface LocalCluster {
  readonly members: Members;
  readonly nodes: readonly [LocalNode, LocalNode];
  /** Stops the nodes as an operator would, then the members. */
  stop(): Promise<void>;
}

const oxbow = fileURLToPath(new URL("../../server/oxbow.mjs", import.meta.url));
const nodeWithinMs = 60_000;
const stopWithinMs = 15_000;

/** @throws Error with what was printed by whatever did not start; nothing is left running then */
export async function startLocalCluster(): Promise<LocalCluster> {
  const members = await startMembers({ count: 2 });
  const sessionKey = randomBytes(32).toString("base64");
  const programs = [launchNode(members, sessionKey), launchNode(members, sessionKey)] as const;
  const stop = async (): Promise<void> => {
    await Promise.all(programs.map(stopNode));
    await members.stop();
  };
  try {
    return { members, nodes: [await listening(programs[0]), await listening(programs[1])], stop };
  } catch (fault) {
    await stop();
    throw fault;
  }
}

function launchNode({ clusterName, addresses }: Members, sessionKey: string): Program {
  const settings = {
    "com.openexchange.connector.networkListenerPort": "0",
    "com.openexchange.oxbow.internalPort": "0",
    "com.openexchange.hazelcast.enabled": "true",
    "com.openexchange.hazelcast.group.name": clusterName,
    "com.openexchange.hazelcast.network.join.static.nodes": addresses.join(","),
    "com.openexchange.oxbow.sessionKey": sessionKey,
  };
  const set = Object.entries(settings).flatMap(([name, value]) => ["--set", `${name}=${value}`]);
  return startProgram(process.execPath, [oxbow, "start", "--config", bundledConfiguration, ...set]);
}
const bundledConfiguration = fileURLToPath(new URL("../../etc", import.meta.url));

async function listening(program: Program): Promise<LocalNode> {
  await program.printed(/"event":"listening"/, nodeWithinMs);
  const url = /"url":"([^"]+)"/.exec(program.output())?.[1];
  const internalUrl = /"internalUrl":"([^"]+)"/.exec(program.output())?.[1];
  if (url === undefined || internalUrl === undefined) throw new Error("the node did not say where it listens");
  return { url, internalUrl, program };
}

async function stopNode(program: Program): Promise<void> {
  program.signal("SIGTERM");
  await within("the node stops", program.ended, stopWithinMs).catch(() => program.kill());
}

/** What to try with it, to be printed. */
export function whatToTry({ members, nodes: [a, b] }: LocalCluster): string {
  const pids = members.members.map(({ pid }) => pid).join(" ");
  const pageB = b.url.replace("127.0.0.1", "localhost");
  return `
Hazelcast  ${members.addresses.join(", ")}
node A     ${a.url}/    ${a.internalUrl}/health
node B     ${pageB}/    ${b.internalUrl}/health

1. Open the pages of A and B and log in as anton at each. (B is named localhost, so that the browser keeps its cookies
   apart from those of A.) The nodes share their sessions: log in at A by hand, and B knows who you are.
   session=$(curl -s -c jar "${a.url}/ajax/login?action=login" -d name=anton -d password=secret | sed 's/.*"session":"\\([^"]*\\)".*/\\1/')
   curl -b jar "${b.url}/ajax/system?action=whoami&session=$session"
2. Hand in a mail at A as Dovecot would; it appears on both pages:
   curl -u rest:rest -X PUT -H 'Content-Type: application/json' ${a.url}/preliminary/http-notify/v1/notify \\
     -d '{"user":"3@1","event":"messageNew","folder":"INBOX","imap-uid":4,"from":"jm@example.org","subject":"Hello from A"}'
3. Freeze the members and hand in another: it is on page A at once, and on page B when they go on:
   kill -STOP ${pids}
   kill -CONT ${pids}
4. What the nodes say of it: ${b.internalUrl}/ready, and what travelled:
   curl -s ${b.internalUrl}/metrics | grep -E '^oxbow_(relay|nodes|registry)'

Ctrl-C stops everything.
`;
}
