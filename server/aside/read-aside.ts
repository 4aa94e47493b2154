/**
 * Reads configuration and users in a thread of its own, which lives as long as the reading: YAML of ten thousand users
 * takes a second or more, and the sockets of this thread would wait. When the thread fails, this one reads.
 */
import { extname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { readDirectory, type ReadDirectory } from "../../auth/index.ts";
import { readAfresh, type Environment, type FreshReading } from "../../cascade/index.ts";
import { configurationFromPieces, directoryFromPieces, type Pieces } from "./pieces.ts";

export type Task =
  | { readonly kind: "users"; readonly text: string }
  | { readonly kind: "configuration"; readonly directory: string; readonly environment: Environment };

export interface ReadAside {
  /** The text of a directory file. */
  readonly users: (text: string) => Promise<ReadDirectory>;
  /** A configuration directory, with variables of this environment in its values. */
  readonly configuration: (directory: string, environment: Environment) => Promise<FreshReading>;
}

/** @param onFault told why a thread failed */
export const createReadAside = (onFault: (fault: unknown) => void): ReadAside => ({
  users: (text) =>
    piecesOf({ kind: "users", text })
      .then(directoryFromPieces)
      .catch((fault: unknown) => {
        onFault(fault);
        return readDirectory(text);
      }),
  configuration: (directory, environment) =>
    // A copy: the environment of a process is no plain object, which is all that can cross.
    piecesOf({ kind: "configuration", directory, environment: { ...environment } })
      .then(configurationFromPieces)
      .catch((fault: unknown) => {
        onFault(fault);
        return readAfresh(directory, environment);
      }),
});

function piecesOf(task: Task): Promise<Pieces> {
  // Built it is JavaScript, in benchmarks it may be the source itself.
  const main = join(import.meta.dirname, `reading-thread${extname(import.meta.filename)}`);
  return new Promise((resolve, reject) => {
    const thread = new Worker(main, { workerData: task, name: `reading ${task.kind}` });
    thread.once("message", resolve);
    thread.once("error", reject);
    thread.once("exit", (code) => reject(new Error(`the reading thread ended with exit code ${code}`)));
  });
}
