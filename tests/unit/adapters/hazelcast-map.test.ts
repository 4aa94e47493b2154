/** What is asked of a client that was given: its listeners must not outlive the link. The rest needs members (cluster tier). */
import { expect, test } from "@jest/globals";
import type { HazelcastClient } from "../../../adapters/hazelcast-client.ts";
import { HazelcastLink } from "../../../adapters/hazelcast-link.ts";
import { waitFor } from "../../support/wait-for.ts";

const nothing = (): void => undefined;

/** A running client of which only maps are used; registrations are answered when `answer` says so. */
function givenClient() {
  const [listeners, indexed]: [Set<string>, string[]] = [new Set(), []];
  const asked: (() => void)[] = [];
  let lastId = 0;
  const map = {
    addEntryListener: () =>
      new Promise<string>((resolve) => {
        const id = String((lastId += 1));
        asked.push(() => {
          listeners.add(id);
          resolve(id);
        });
      }),
    removeEntryListener: (id: string) => Promise.resolve(listeners.delete(id)),
    addIndex: ({ attributes }: { attributes: readonly string[] }) => {
      indexed.push(...attributes);
      return Promise.resolve();
    },
  };
  const client = {
    getConfig: () => ({}),
    getLifecycleService: () => ({ isRunning: () => true, on: nothing, removeListener: nothing }),
    getCluster: () => ({
      getMembers: () => [],
      addMembershipListener: () => "membership",
      removeMembershipListener: () => true,
    }),
    getMap: () => Promise.resolve(map),
  };
  const answer = async (): Promise<void> => {
    await waitFor("a listener is asked for", () => asked.length > 0);
    asked.splice(0).forEach((one) => one());
  };
  return { client: client as unknown as HazelcastClient, listeners, indexed, answer, asked };
}

function startedLink(client: HazelcastClient): HazelcastLink {
  const link = new HazelcastLink(client);
  link.start({ up: nothing, down: nothing, members: nothing, warning: nothing });
  return link;
}

test("a map of one name has one listener and all indexes, however often it is asked for", async () => {
  const { client, listeners, indexed, answer, asked } = givenClient();
  const link = startedLink(client);
  link.map("sessions", ["user"]).watch({ changed: nothing });
  link.map("sessions", ["user", "context"]).watch({ changed: nothing });
  await answer();
  await waitFor("both are indexed", () => indexed.includes("user") && indexed.includes("context"));
  expect([listeners.size, asked.length]).toEqual([1, 0]);
  await link.close();
});

test("a link that closes takes its listeners off a client that goes on", async () => {
  const { client, listeners, answer, indexed } = givenClient();
  const link = startedLink(client);
  link.map("sessions", ["user"]).watch({ changed: nothing });
  await answer();
  await waitFor("it is prepared", () => indexed.length > 0);
  expect(listeners.size).toBe(1);
  await link.close();
  expect(listeners.size).toBe(0);
});

test("one that closes while its listener is being registered takes that off, too", async () => {
  const { client, listeners, answer, asked } = givenClient();
  const link = startedLink(client);
  link.map("sessions", []).watch({ changed: nothing });
  await waitFor("it is under way", () => asked.length > 0);
  await link.close();
  await answer();
  await waitFor("it is off again", () => listeners.size === 0);
});
