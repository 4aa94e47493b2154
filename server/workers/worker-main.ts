/** The program of a worker process; `fork-worker.ts` starts it. What it needs to know it asks its primary for. */
import { runWorker } from "./worker.ts";

process.exit(await runWorker());
