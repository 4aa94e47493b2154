import { systemClock } from "../../../adapters/clock.ts";
import { MemoryHub } from "../../../adapters/memory-link.ts";
import { adapterContract } from "./adapter-contract.ts";
import type { OpenCluster } from "./contract-cluster.ts";
import { deliveryContract } from "./delivery-contract.ts";
import { emitterContract } from "./emitter-contract.ts";
import { orderContract } from "./order-contract.ts";

const open: OpenCluster = () => {
  const hub = new MemoryHub(systemClock);
  return Promise.resolve(() => hub.link());
};

adapterContract("the memory link", open);
deliveryContract("the memory link", open);
emitterContract("the memory link", open);
orderContract("the memory link", open);
