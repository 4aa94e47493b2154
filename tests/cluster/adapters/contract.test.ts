import { HazelcastLink } from "../../../adapters/hazelcast-link.ts";
import { adapterContract } from "../../contract/adapters/adapter-contract.ts";
import type { OpenCluster } from "../../contract/adapters/contract-cluster.ts";
import { deliveryContract } from "../../contract/adapters/delivery-contract.ts";
import { emitterContract } from "../../contract/adapters/emitter-contract.ts";
import { orderContract } from "../../contract/adapters/order-contract.ts";
import { onCleanUp } from "../../support/clean-up.ts";
import { startMembers } from "../../support/hazelcast-members.ts";

const open: OpenCluster = async () => {
  const members = await startMembers();
  onCleanUp(() => members.stop());
  const config = { clusterName: members.clusterName, network: { clusterMembers: [...members.addresses] } };
  return () => new HazelcastLink(config);
};

adapterContract("a Hazelcast member", open);
deliveryContract("a Hazelcast member", open);
emitterContract("a Hazelcast member", open);
orderContract("a Hazelcast member", open);
