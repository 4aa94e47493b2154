import { systemClock } from "../../../adapters/clock.ts";
import { createAdapterOn } from "../../../adapters/create-adapter.ts";
import { MemoryHub } from "../../../adapters/memory-link.ts";
import { adapterContract } from "./adapter-contract.ts";

adapterContract("the memory link", () => {
  const hub = new MemoryHub(systemClock);
  return Promise.resolve((options) => createAdapterOn(() => hub.link(), options));
});
