import { createAdapter } from "../../../adapters/create-adapter.ts";
import { adapterContract } from "../../contract/adapters/adapter-contract.ts";
import { onCleanUp } from "../../support/clean-up.ts";
import { startMembers } from "../../support/hazelcast-members.ts";

adapterContract("a Hazelcast member", async () => {
  const members = await startMembers();
  onCleanUp(() => members.stop());
  const config = { clusterName: members.clusterName, network: { clusterMembers: [...members.addresses] } };
  return (options) => createAdapter(config, options);
});
