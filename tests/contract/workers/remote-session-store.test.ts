/** The sessions of a primary as a worker sees them, over a real IPC channel between two processes. */
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { fork } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import path from "node:path";
import { SessionsUnreachableError } from "../../../auth/index.ts";
import { createPeer } from "../../../server/workers/ipc.ts";
import type { Peer } from "../../../server/workers/ipc.ts";
import { createRemoteSessionStore } from "../../../server/workers/remote-session-store.ts";
import { newHexId } from "../../support/example-session.ts";
import { waitFor } from "../../support/wait-for.ts";
import { sessionStoreContract } from "../session-store.ts";
import { hang, openStore, passTime } from "./primary-control.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const startMs = 30_000;
const ignore = (): void => undefined;

let child: ChildProcess;
let primary: Peer;

beforeAll(async () => {
  child = fork(path.join(import.meta.dirname, "primary-main.ts"), [], {
    cwd: root,
    execArgv: ["--import", "./tests/support/typescript.mjs"],
    env: { ...process.env, NODE_OPTIONS: undefined },
    serialization: "advanced",
  });
  primary = peerOf(child);
  await primary.ask(passTime, 0, startMs); // it is up when it answers
}, startMs);

afterAll(async () => {
  primary.close();
  child.kill("SIGKILL");
  await waitFor("the primary is gone", () => child.signalCode !== null);
});

const peerOf = (process: ChildProcess): Peer =>
  createPeer(
    {
      send: (message, failed) => void process.send(message, undefined, {}, (cause) => cause && failed(cause)),
      onMessage: (listener) => void process.on("message", listener),
    },
    (what, cause) => {
      throw new Error(what, { cause });
    },
  );

sessionStoreContract("another process, over IPC", async (limits) => {
  await primary.ask(openStore, limits);
  return {
    store: createRemoteSessionStore(primary, ignore),
    pass: async (ms) => {
      await primary.ask(passTime, ms);
    },
  };
});

test("a primary that stands still is a fault, not an unknown session", async () => {
  const store = createRemoteSessionStore(
    { ...primary, ask: (question, argument) => primary.ask(question, argument, 50) },
    ignore,
  );
  primary.tell(hang, 400);
  await expect(store.peek(newHexId())).rejects.toThrow(SessionsUnreachableError);
  await waitFor("it answers again", async () => (await store.peek(newHexId()).catch(() => "late")) === undefined);
});
