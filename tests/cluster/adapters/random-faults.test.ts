/** `npm run faults -- [--seed N] [--seconds S]` runs this alone, for as long as one likes. */
import { expect, test } from "@jest/globals";
import { onCleanUp } from "../../support/clean-up.ts";
import { startMembers } from "../../support/hazelcast-members.ts";
import { startTcpProxy } from "../../support/tcp-proxy.ts";
import { RandomFaults } from "./random-faults.ts";

const seed = Number(process.env["FAULTS_SEED"] ?? 1);
const seconds = Number(process.env["FAULTS_SECONDS"] ?? 20);
const talks = process.env["FAULTS_SECONDS"] !== undefined;

test(
  "the history of real processes under random faults keeps the guarantees",
  async () => {
    const members = await startMembers({ count: 3 });
    onCleanUp(() => members.stop());
    const proxy = await startTcpProxy({ port: Number(members.addresses[0]?.split(":")[1]) });
    onCleanUp(() => proxy.stop());
    const say = (line: string): void => {
      if (talks) process.stderr.write(`faults: ${line}\n`);
    };
    const faults = new RandomFaults({ seed, seconds, members, proxy, say });
    onCleanUp(() => faults.stop());
    const { problems, emits, arrivals, lost } = await faults.run();
    say(`${emits} emits, ${arrivals} arrivals, ${lost} reported lost`);
    expect(problems).toEqual([]);
    expect(arrivals).toBeGreaterThan(emits);
  },
  seconds * 1_000 + 280_000,
);
