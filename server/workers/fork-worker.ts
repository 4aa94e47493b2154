/**
 * Makes worker processes with Node's cluster module, so that all share one port and one that dies costs no listener.
 * A worker runs `worker-main`, takes no arguments (what is secret among `--set` appears in no second process list) and
 * ends by itself when its primary is gone: Node's own rule for a worker whose channel closes.
 */
import cluster from "node:cluster";
import { extname, join } from "node:path";
import type { WorkerProcess } from "./fleet.ts";
import { unlistedUntilItServes } from "./sticky.ts";

/** @param isSticky connections are handed to it by this process */
export function forkWorker(isSticky: boolean): WorkerProcess {
  // Built it is JavaScript, in benchmarks and tests it may be the source itself.
  const main = join(import.meta.dirname, `worker-main${extname(import.meta.filename)}`);
  cluster.setupPrimary({ exec: main, args: [], silent: false, serialization: "advanced" }); // bytes stay bytes: for sticky
  const worker = cluster.fork();
  const serves = isSticky ? unlistedUntilItServes(worker) : () => undefined;
  return {
    pid: worker.process.pid ?? 0,
    serves,
    send: (message, failed) => {
      if (!worker.isConnected()) return failed(new Error("its channel is closed"));
      worker.send(message, undefined, undefined, (cause) => {
        if (cause !== null) failed(cause);
      });
    },
    onMessage: (listener) => void worker.on("message", listener),
    kill: (signal) => void worker.process.kill(signal),
    // Its types know no null, which Node.js passes for whichever of the two there is none of.
    onExit: (listener) =>
      void worker.on("exit", (code: number | null, signal: string | null) =>
        listener(signal ?? `exit code ${code ?? 0}`),
      ),
  };
}
