/** A node of the simulation: it may stand still, be cut off, or crash. */
import type { MemoryHub, MemoryLink } from "../../adapters/memory-link.ts";
import type { Happening } from "./happenings.ts";
import type { RecordingNodeDeps } from "./recording-node.ts";
import { RecordingNode } from "./recording-node.ts";
import type { VirtualTime } from "./virtual-time.ts";
import { ProcessClock } from "./virtual-time.ts";

export class SimulatedNode extends RecordingNode {
  readonly clock: ProcessClock;
  readonly link: MemoryLink;
  readonly #record: (entry: Happening) => void;
  crashed = false;

  constructor(
    hub: MemoryHub,
    time: VirtualTime,
    random: () => number,
    deps: Omit<RecordingNodeDeps, "environment" | "openLink">,
  ) {
    const clock = new ProcessClock(time);
    const link = hub.link(clock);
    super({ ...deps, environment: { clock, random }, openLink: () => link });
    this.clock = clock;
    this.link = link;
    this.#record = (entry) => deps.record(entry);
  }

  get runs(): boolean {
    return this.clock.runs;
  }

  crash(): void {
    this.crashed = true;
    this.clock.end();
    this.link.cut();
    this.#record({ kind: "crash", node: this.name });
  }
}
