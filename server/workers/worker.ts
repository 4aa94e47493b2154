/**
 * A worker process: a node whose sessions, failed logins and repeated pushes are the primary's, and which says what it is
 * asked over the channel instead of having an internal listener.
 */
import { createAdapter } from "@socket.io/cluster-adapter";
import { loadSettings } from "../../cascade/index.ts";
import type { LoadedSettings, UserRef, Written } from "../../cascade/index.ts";
import { createReadAside } from "../aside/read-aside.ts";
import { createNode } from "../create-node.ts";
import type { OxbowNode } from "../create-node.ts";
import { exitCodes } from "../commands/exit-codes.ts";
import { codeOf } from "../fault-code.ts";
import { createLog } from "../ops/log.ts";
import type { Logger } from "../ops/log.ts";
import { productVersion } from "../package-root.ts";
import { allSettings } from "../settings/index.ts";
import { hazelcastEnabled } from "../settings/cluster.ts";
import { maxSocketsPerUser } from "../settings/limits.ts";
import { logLevel } from "../settings/operations.ts";
import { createPeer, IpcFault } from "./ipc.ts";
import type { Channel, Peer } from "./ipc.ts";
import { life } from "./protocol.ts";
import type { HandedConfiguration } from "./protocol.ts";
import { snapshotOf } from "./fleet-metrics.ts";
import { createRemoteSessionStore } from "./remote-session-store.ts";
import { createRemoteLoginAttempts, createRemoteRepeats } from "./remote-tallies.ts";
import { createSiblings } from "./siblings.ts";
import { isSticky, takeConnections } from "./sticky.ts";
import { answerReloads } from "./worker-reloads.ts";

/** Many workers start at once, on a machine that may be busy; the primary ends those that take too long. */
const configurationWithinMs = 30_000;

/** Resolves with the exit code when the worker has stopped. */
export async function runWorker(): Promise<number> {
  const told = untilTold();
  let report = (what: string, cause: unknown): void => void process.stderr.write(`oxbow: ${what}: ${String(cause)}\n`);
  const onFault = (what: string, cause: unknown): void => report(what, cause);
  const primary = createPeer(channelToPrimary, onFault);
  primary.on(life.stop, told.stop);
  const tellStarted = answerReloads(primary);
  try {
    const configuration = await primary.ask(life.configuration, undefined, configurationWithinMs);
    const { settings, take } = await settingsOf(configuration);
    const log = workerLog(settings, configuration.name);
    report = (what, cause) => log.error({ err: cause }, what);
    const node = createWorkerNode({ configuration, settings, log }, primary, onFault);
    answerAsWorker(primary, node);
    const url = await node.start();
    tellStarted({ take, reload: () => node.reload() });
    if (isSticky(settings)) takeConnections(node.io, node.engine, node.httpServer);
    primary.tell(life.ready, { url, isDemo: node.isDemo() });
    await told.signal;
    await node.stop();
    return exitCodes.fine;
  } catch (fault) {
    if (fault instanceof IpcFault)
      onFault("this worker has no primary that answers", fault); // another try may find one
    else await tellWhy(primary, fault, onFault);
    return exitCodes.problem;
  }
}

const tellWhy = (primary: Peer, fault: unknown, onFault: (what: string, cause: unknown) => void): Promise<void> =>
  primary
    .ask(life.failed, { code: codeOf(fault), message: messageOf(fault) })
    .catch(() => onFault("this worker cannot start, and its primary does not hear why", fault));

/** The channel that Node's cluster module has made; its end ends this process. */
const channelToPrimary: Channel = {
  send: (message, failed) => {
    if (process.send === undefined) return failed(new Error("this process has no primary"));
    process.send(message, undefined, undefined, (cause) => {
      if (cause !== null) failed(cause);
    });
  },
  onMessage: (listener) => void process.on("message", listener),
};

/**
 * A terminal and a service manager signal every process of the group. What the primary is told it passes on, so that
 * workers leave its signals alone; only SIGTERM, which may be meant for one worker, ends it in order.
 */
function untilTold(): { readonly signal: Promise<void>; readonly stop: () => void } {
  let stop = (): void => undefined;
  const signal = new Promise<void>((resolve) => (stop = resolve));
  process.on("SIGTERM", stop);
  for (const passedOn of ["SIGINT", "SIGHUP"] as const) process.on(passedOn, () => undefined);
  return { signal, stop };
}

/** Settings as the primary has them; a reload of them brings what was taken last. */
async function settingsOf({ directories, settings: first }: HandedConfiguration) {
  let handed = first;
  const loaded = await loadSettings({ directories, assignments: [], known: allSettings, handed: () => handed });
  if (!loaded.ok)
    throw new Error(`settings of the primary are refused: ${loaded.problems.map(({ message }) => message).join("; ")}`);
  return { settings: loaded.settings, take: (next: Written): void => void (handed = next) };
}

function workerLog(settings: LoadedSettings, worker: string): Logger {
  const options = { level: settings.read(logLevel), terminal: process.stdout.isTTY };
  const log = createLog(options).child({ worker });
  settings.onChange(() => (log.level = settings.read(logLevel)));
  return log;
}

interface WorkerParts {
  readonly configuration: HandedConfiguration;
  readonly settings: LoadedSettings;
  readonly log: Logger;
}

function createWorkerNode(
  { configuration, settings, log }: WorkerParts,
  primary: Peer,
  onFault: (what: string, cause: unknown) => void,
): OxbowNode {
  const isNode = settings.read(hazelcastEnabled);
  const maxSocketsOf = (user: UserRef): number => settings.readFor(maxSocketsPerUser, user);
  const node = createNode({
    settings,
    packageStatus: configuration.packageStatus,
    log,
    version: productVersion(),
    readAside: createReadAside((fault) => onFault("users were not read in a thread of their own", fault)),
    worker: {
      name: configuration.name,
      kept: {
        sessions: createRemoteSessionStore(primary, (fault) => onFault("a listener of ended sessions failed", fault)),
        attempts: createRemoteLoginAttempts(primary),
        repeats: createRemoteRepeats(primary),
      },
      siblings: isNode ? undefined : createSiblings(primary, { maxSocketsOf, onFault }),
      listens: !isSticky(settings),
    },
  });
  if (!isNode) node.io.adapter(createAdapter()); // Socket.IO's own broadcasts and requests mean all workers
  return node;
}

function answerAsWorker(primary: Peer, node: OxbowNode): void {
  primary.answer(life.state, () => node.state());
  primary.answer(life.metrics, () => snapshotOf(node.metrics.registry));
  primary.answer(life.ask, ({ question, ...options }) => node.nodes.ask(question, options));
  primary.answer(life.askHere, async ({ question, timeoutMs }) =>
    objectIn(await node.nodes.askHere(question, timeoutMs)),
  );
}

/** Answers of the admin API's questions are objects. */
function objectIn(answer: unknown): object {
  if (typeof answer === "object" && answer !== null) return answer;
  throw new Error("a question was not answered with an object");
}

const messageOf = (fault: unknown): string => (fault instanceof Error ? fault.message : String(fault));
