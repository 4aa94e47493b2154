/** What runs in the reading thread: reads one thing, hands it over, and ends. */
import { parentPort, workerData } from "node:worker_threads";
import { readDirectory } from "../../auth/directory-file.ts";
import { readAfresh } from "../../cascade/config-files.ts";
import { configurationToPieces, directoryToPieces } from "./pieces.ts";
import type { Task } from "./read-aside.ts";

const task = workerData as Task; // from read-aside.ts alone
const pieces =
  task.kind === "users"
    ? directoryToPieces(readDirectory(task.text))
    : configurationToPieces(await readAfresh(task.directory, task.environment));
parentPort?.postMessage(pieces);
