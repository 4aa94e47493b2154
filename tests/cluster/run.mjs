/** `npm run cluster`: two Hazelcast members and two oxbow nodes on this machine, until Ctrl-C. Sets up what it needs. */
import "../support/typescript.mjs";
import { provide } from "../runner/requirements.mjs";

const say = (line) => console.error(`oxbow: ${line}`);

let isTold = false;
const told = new Promise((resolve) => process.on("SIGINT", resolve).on("SIGTERM", resolve).on("SIGHUP", resolve));
void told.then(() => (isTold = true));
const tier = { name: "cluster", what: "", needs: ["build", "hazelcast"], budgetSeconds: 0 };
const [missing] = await provide([tier], say);
if (missing !== undefined) {
  say(`${missing.requirement} is missing: ${missing.how}`);
  process.exit(1);
}
const { startLocalCluster, whatToTry } = await import("../support/local-cluster.ts");
say("starting two Hazelcast members and two nodes");
const cluster = await startLocalCluster().catch((fault) => {
  // a terminal's Ctrl-C ends the members as well, while they are waited for
  say(isTold ? "stopped" : fault.message);
  process.exit(isTold ? 0 : 1);
});
console.log(whatToTry(cluster));
await told;
say("stopping");
await cluster.stop();
process.exit(0);
