/** A product of several worker processes, as an operator starts it, and what its tests look at. */
import { Agent, request } from "node:http";
import { onCleanUp } from "./clean-up.ts";
import { appSuiteClient, ask, asObject, readLogin, restAuthorization, userAgent } from "./acceptance/http.ts";
import type { Login } from "./acceptance/http.ts";
import { startOxbow } from "./oxbow-process.ts";
import type { Oxbow, OxbowOptions } from "./oxbow-process.ts";
import { scryptOf } from "./scrypt.ts";
import { waitFor } from "./wait-for.ts";

/** Two users with passwords that cost nothing to check: anton is 3, berta is 4, both with `secret`. */
const users = `contexts:
  - id: 1
    name: acme
    users:
      - { id: 3, login: anton, password: "${scryptOf("secret")}" }
      - { id: 4, login: berta, password: "${scryptOf("secret")}" }
`;

export const startWorkers = async (workers: number, set: OxbowOptions["set"] = {}): Promise<Oxbow> =>
  startOxbow({
    set,
    files: { "users.yaml": users },
    pathSettings: { "com.openexchange.oxbow.directory": "users.yaml" },
    args: ["--workers", String(workers)],
  });

/** Process ids of the workers that serve, by their names; of one that was started anew the new one. */
export function workerPids(oxbow: Pick<Oxbow, "logs">): ReadonlyMap<string, number> {
  const pids = new Map<string, number>();
  for (const { event, worker, workerPid } of oxbow.logs()) {
    if (event === "worker" && typeof worker === "string" && typeof workerPid === "number") pids.set(worker, workerPid);
    if (event === "worker-lost" && typeof worker === "string") pids.delete(worker);
  }
  return pids;
}

/** Open sockets of each worker, as the admin API tells. */
export async function socketsByWorker(oxbow: Oxbow): Promise<ReadonlyMap<string, number>> {
  const { json } = await ask(`${oxbow.internalUrl}/admin/v1/nodes`, { headers: { Authorization: restAuthorization } });
  const nodes = Array.isArray(json["nodes"]) ? json["nodes"].map(asObject) : [];
  return new Map(nodes.map(({ node, sockets }) => [String(node), Number(sockets)]));
}

/** Whether a process is there at all. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** All its processes are gone. */
export const allGone = async (pids: Iterable<number>): Promise<void> => {
  const all = [...pids];
  await waitFor("no process is left", () => !all.some(isAlive), 10_000);
};

export interface OneWorker {
  /** Logs a user in at that worker. */
  logIn(name?: string): Promise<Login>;
  /** Logs a session out there. */
  logOut(login: Login): Promise<void>;
  /** The body of `whoami` there. */
  whoami(login: Login): Promise<string>;
  /** Any other request; a POST where it has a body. */
  send(path: string, headers: Record<string, string>, body: string): Promise<Response>;
  /** How many connections it took: more than one would have reached more than one worker. */
  connections(): number;
}

/** Whatever is asked of it goes over one connection, and so to one worker, whichever that is. */
export function oneWorker(url: string): OneWorker {
  const agent = new Agent({ keepAlive: true, maxSockets: 1, timeout: 60_000 });
  onCleanUp(() => agent.destroy());
  const seen = new Set<unknown>();
  const send = async (path: string, headers: Record<string, string>, body = ""): Promise<Response> =>
    new Promise((resolve, reject) => {
      const sent = request(
        `${url}${path}`,
        { agent, method: body === "" ? "GET" : "POST", headers: { "User-Agent": userAgent, ...headers } },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on("data", (chunk: Buffer) => chunks.push(chunk));
          answer.on("end", () => resolve(asResponse(answer.statusCode ?? 0, answer.rawHeaders, Buffer.concat(chunks))));
        },
      );
      sent.on("socket", (socket) => seen.add(socket));
      sent.on("error", reject);
      sent.end(body);
    });
  return {
    logIn: async (name = "anton") => {
      const form = new URLSearchParams({ name, password: "secret", client: appSuiteClient }).toString();
      const type = { "Content-Type": "application/x-www-form-urlencoded" };
      const answer = await send("/ajax/login?action=login", type, form);
      const text = await answer.text();
      return readLogin({ status: answer.status, headers: answer.headers, text, json: asObject(JSON.parse(text)) });
    },
    logOut: async ({ session, cookie }) => {
      const answer = await send(`/ajax/login?action=logout&session=${session}`, { Cookie: cookie });
      if (answer.status !== 200) throw new Error(`no logout: ${answer.status}`);
    },
    whoami: async ({ session, cookie }) => {
      const answer = await send(`/ajax/system?action=whoami&session=${session}`, { Cookie: cookie });
      return answer.text();
    },
    send,
    connections: () => seen.size,
  };
}

function asResponse(status: number, rawHeaders: readonly string[], body: Buffer): Response {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2)
    headers.append(rawHeaders[index] ?? "", rawHeaders[index + 1] ?? "");
  return new Response(body, { status, headers });
}
