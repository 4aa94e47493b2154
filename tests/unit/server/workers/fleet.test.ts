import { expect, test } from "@jest/globals";
import { pino } from "pino";
import { createFleet, restartDelayMs, WorkersCannotStart } from "../../../../server/workers/fleet.ts";
import type { Fleet, WorkerProcess } from "../../../../server/workers/fleet.ts";
import { createPeer } from "../../../../server/workers/ipc.ts";
import type { Peer } from "../../../../server/workers/ipc.ts";
import { life } from "../../../../server/workers/protocol.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { channelPair } from "./channel-pair.ts";

/** A worker process that does what the test says; `primary` is its side of the channel. */
interface FakeWorker {
  readonly primary: Peer;
  readonly signals: readonly NodeJS.Signals[];
  isListed: boolean;
  exit(how: string): void;
}

interface Rig {
  readonly fleet: Fleet;
  readonly workers: readonly FakeWorker[];
  readonly lost: readonly number[];
  readonly lines: readonly string[];
  readonly pass: (ms: number) => void;
}

const ignore = (): void => undefined;

function rig(count: number, onFork: (worker: FakeWorker, number: number) => void, startTimeoutMs = 60_000): Rig {
  const workers: FakeWorker[] = [];
  const [lost, lines]: [number[], string[]] = [[], []];
  let nowMs = 0;
  const fork = (): WorkerProcess => {
    const { here, there } = channelPair();
    const signals: NodeJS.Signals[] = [];
    let onExit: (how: string) => void = ignore;
    const worker: FakeWorker = {
      primary: createPeer(there, ignore),
      signals,
      isListed: false,
      exit: (how) => onExit(how),
    };
    const number = workers.push(worker);
    setImmediate(() => onFork(worker, number));
    return {
      ...here,
      pid: workers.length,
      serves: () => (worker.isListed = true),
      kill: (signal) => {
        signals.push(signal);
        setImmediate(() => onExit(signal));
      },
      onExit: (listener) => (onExit = listener),
    };
  };
  const log = pino({ level: "info" }, { write: (line: string) => void lines.push(line) });
  const fleet = createFleet({
    count,
    fork,
    configuration: () => ({
      directories: [],
      settings: { entries: new Map(), metadata: new Map(), sets: [] },
      packageStatus: { enabled: true, reason: "" },
    }),
    serve: ignore,
    onLost: (worker) => void lost.push(worker),
    log,
    onFault: ignore,
    nowMs: () => nowMs,
    startTimeoutMs,
    stopTimeoutMs: 50,
  });
  return { fleet, workers, lost, lines, pass: (ms) => void (nowMs += ms) };
}

/** What a worker does that has nothing to complain of. */
const serve = async (worker: FakeWorker): Promise<void> => {
  worker.primary.on(life.stop, () => worker.exit("exit code 0"));
  await worker.primary.ask(life.configuration, undefined);
  worker.primary.tell(life.ready, { url: "http://127.0.0.1:1", isDemo: true });
};
const serving = (worker: FakeWorker): void => void serve(worker);

test("the start is over when every worker serves, and each then gets connections", async () => {
  const { fleet, workers } = rig(3, serving);
  expect(await fleet.start()).toEqual({ url: "http://127.0.0.1:1", isDemo: true });
  expect(fleet.ready().map(({ name }) => name)).toEqual(["worker-1", "worker-2", "worker-3"]);
  expect(workers.every(({ isListed }) => isListed)).toBe(true);
  await fleet.stop();
});

test("a worker learns its name and what to work with", async () => {
  const names: string[] = [];
  const { fleet } = rig(2, (worker) => {
    void worker.primary.ask(life.configuration, undefined).then(({ name }) => names.push(name));
  });
  void fleet.start().catch(ignore);
  await waitFor("both know", () => names.length === 2);
  expect(names.sort()).toEqual(["worker-1", "worker-2"]);
  await fleet.stop();
});

test("one that dies is started anew under its name, and is lost under its number", async () => {
  const { fleet, workers, lost, lines } = rig(2, serving);
  await fleet.start();
  workers[0]?.exit("SIGKILL");
  expect(fleet.ready().map(({ name }) => name)).toEqual(["worker-2"]);
  await waitFor("it is back", () => fleet.ready().length === 2);
  expect(workers).toHaveLength(3);
  expect(lost).toEqual([1]);
  expect(fleet.deaths()).toBe(1);
  expect(fleet.ready().map(({ id, name }) => [id, name])).toEqual([
    [2, "worker-2"],
    [3, "worker-1"],
  ]);
  expect(lines.join("")).toContain("worker-1 ended (SIGKILL); a new one is started now");
  await fleet.stop();
});

test.each([
  [1, 0],
  [2, 250],
  [3, 500],
  [6, 4_000],
  [8, 10_000],
  [60, 10_000],
])("after %i deaths in a row the next start waits %i ms", (failures, delayMs) => {
  expect(restartDelayMs(failures)).toBe(delayMs);
});

test("a worker that served for long begins a new row of deaths", async () => {
  const { fleet, workers, lines, pass } = rig(1, serving);
  await fleet.start();
  for (let death = 0; death < 3; death += 1) {
    pass(30_000);
    workers.at(-1)?.exit("SIGKILL");
    await waitFor("it is back", () => fleet.ready().length === 1);
  }
  expect(lines.filter((line) => line.includes("is started now"))).toHaveLength(3);
  await fleet.stop();
});

test("a worker that dies again and again ends the start, with its last end in the message", async () => {
  const { fleet, workers } = rig(1, (worker, number) => worker.exit(`exit code ${number}`));
  const started = fleet.start();
  await expect(started).rejects.toThrow(WorkersCannotStart);
  await expect(started).rejects.toThrow("3 times in a row before it served, last with exit code 3");
  expect(workers).toHaveLength(3);
  await fleet.stop();
});

test("a worker that says why it cannot start ends the start with its own words and code", async () => {
  const { fleet } = rig(2, (worker) => {
    void worker.primary
      .ask(life.failed, { code: "OXB-0101", message: "cannot listen on 127.0.0.1:80" })
      .then(() => worker.exit("exit code 1"), ignore);
  });
  const started = fleet.start();
  await expect(started).rejects.toThrow("cannot listen on 127.0.0.1:80");
  await expect(started).rejects.toMatchObject({ code: "OXB-0101" });
  await fleet.stop();
});

test("a worker that does not serve in time is killed, which ends the start", async () => {
  const { fleet, workers } = rig(1, ignore, 20);
  await expect(fleet.start()).rejects.toThrow("worker-1 did not serve in time");
  expect(workers[0]?.signals).toEqual(["SIGKILL"]);
  await fleet.stop();
});

test("one that is started anew and does not serve in time is started once more", async () => {
  const { fleet, workers, lines } = rig(1, (worker, number) => (number === 2 ? undefined : serving(worker)), 500);
  await fleet.start();
  workers[0]?.exit("SIGKILL");
  await waitFor("the third one serves", () => fleet.ready().length === 1);
  expect(workers.map(({ signals }) => signals)).toEqual([[], ["SIGKILL"], []]);
  expect(lines.filter((line) => line.includes("worker-lost"))).toHaveLength(2);
  await fleet.stop();
});

test("whoever has not taken a configuration yet is told nothing", async () => {
  const { fleet } = rig(2, (worker, number) => (number === 1 ? serving(worker) : undefined));
  void fleet.start().catch(ignore);
  await waitFor("one serves", () => fleet.ready().length === 1);
  expect(fleet.all().map(({ name }) => name)).toEqual(["worker-1"]);
  await fleet.stop();
});

test("a stop tells those that serve, kills those that cannot hear yet, and starts none anew", async () => {
  const { fleet, workers } = rig(2, (worker, number) => (number === 1 ? serving(worker) : undefined));
  void fleet.start().catch(ignore);
  await waitFor("one serves", () => fleet.ready().length === 1);
  await fleet.stop();
  expect(fleet.all()).toEqual([]);
  expect(workers.map(({ signals }) => signals)).toEqual([[], ["SIGKILL"]]);
  expect(fleet.deaths()).toBe(0);
});

test("one that does not stop in time is killed", async () => {
  const { fleet, workers } = rig(1, (worker) => {
    void serve(worker);
    worker.primary.on(life.stop, ignore);
  });
  await fleet.start();
  await fleet.stop();
  expect(workers[0]?.signals).toEqual(["SIGKILL"]);
});
