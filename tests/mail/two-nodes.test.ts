/** The main job across nodes, all of it real: Dovecot tells node A of new mail, Chromium at node B shows it. */
import { expect, test } from "@jest/globals";
import { ask } from "../support/acceptance/http.ts";
import { scrape } from "../support/acceptance/metrics.ts";
import { launchChromium } from "../support/chromium.ts";
import { onCleanUp, owned } from "../support/clean-up.ts";
import { startDovecot, type Dovecot } from "../support/dovecot.ts";
import { startMembers, type Member, type Members } from "../support/hazelcast-members.ts";
import { restCredentials, startOxbow, type Oxbow } from "../support/oxbow-process.ts";
import { openPlayground, type Playground } from "../support/playground.ts";
import { waitFor } from "../support/wait-for.ts";

test("each mail that Dovecot tells node A of is on the page at node B once, in order, whatever becomes of the members", async () => {
  const members = owned(await startMembers({ count: 3 }));
  const [a, b] = await Promise.all([startNode(members), startNode(members)]);
  await nodesSeen(a, 2);
  await nodesSeen(b, 2);
  const notifyUrl = `http://rest:rest@127.0.0.1:${a.port}/preliminary/http-notify/v1/notify`;
  const dovecot = owned(await startDovecot({ notifyUrl }));
  await dovecot.register("anton", "3@1");
  const browser = await launchChromium();
  onCleanUp(() => browser.close());
  const [atA, atB] = [await openPlayground(browser, a.url), await openPlayground(browser, b.url)];
  await atA.logIn();
  await atB.logIn();

  await deliver(dovecot, ["one", "two", "three"]);
  await shows(atB, ["one", "two", "three"]);
  const [, victim] = members.members as readonly [Member, Member, Member];
  await deliver(dovecot, ["four"]);
  const killed = victim.kill();
  await deliver(dovecot, ["five", "six"]);
  await killed;
  await shows(atB, ["one", "two", "three", "four", "five", "six"]);

  await Promise.all(members.members.map((member) => member.kill()));
  await waitFor("A is alone", async () => (await statusOf(a)) === "degraded", 20_000);
  await deliver(dovecot, ["alone"]);
  await shows(atA, ["one", "two", "three", "four", "five", "six", "alone"]);
  await members.restartAllEmpty();
  await nodesSeen(a, 2);
  await nodesSeen(b, 2);
  await deliver(dovecot, ["again"]);
  await atB.events.filter({ hasText: "again" }).waitFor({ timeout: 20_000 });
  // The one in between came late, or it is counted as lost: never neither.
  const shown = await subjects(atB);
  const lost = (await scrape(b.internalUrl)).sum("oxbow_relay_gap_total");
  const givenUp = (await scrape(a.internalUrl)).sum("oxbow_relay_dropped_total");
  const between = lost + givenUp > 0 && !shown.includes("alone") ? [] : ["alone"];
  expect(shown).toEqual(["one", "two", "three", "four", "five", "six", ...between, "again"]);
  expect([...atA.problems, ...atB.problems]).toEqual([]);
}, 180_000);

const startNode = (members: Members): Promise<Oxbow> =>
  startOxbow({
    properties: {
      ...restCredentials,
      "com.openexchange.hazelcast.enabled": "true",
      "com.openexchange.hazelcast.group.name": members.clusterName,
      "com.openexchange.hazelcast.network.join.static.nodes": members.addresses.join(","),
    },
  });

const statusOf = async (node: Oxbow): Promise<unknown> => (await ask(`${node.internalUrl}/health`)).json["status"];

const nodesSeen = (node: Oxbow, count: number): Promise<unknown> =>
  waitFor(
    `a node sees ${count}`,
    async () => (await statusOf(node)) === "UP" && (await scrape(node.internalUrl)).sum("oxbow_nodes") === count,
    60_000,
  );

/** One after the other, as a mail server hands them on. */
async function deliver(dovecot: Dovecot, mails: readonly string[]): Promise<void> {
  for (const subject of mails) {
    await dovecot.deliverByLmtp("anton", `From: <jm@example.org>\nSubject: ${subject}\n\nText\n`);
  }
}

/** Subjects on the page, in order of arrival; the page shows the newest first. */
async function subjects({ events, fieldsOf }: Playground): Promise<readonly string[]> {
  const fields = await Promise.all((await events.all()).map(fieldsOf));
  return fields.map(({ Subject = "" }) => Subject).reverse();
}

async function shows(page: Playground, expected: readonly string[]): Promise<void> {
  await waitFor(
    `the page shows ${expected.length} mails`,
    async () => (await page.events.count()) >= expected.length,
    20_000,
  );
  expect(await subjects(page)).toEqual(expected);
}
