/** What every shared map does, whatever keeps it. Call it with a way to open links to one set of members. */
import { describe, expect, test } from "@jest/globals";
import type { Link } from "../../../adapters/link.ts";
import type { SharedMap, SharedMapChange } from "../../../adapters/shared-map.ts";
import { waitFor, within } from "../../support/wait-for.ts";

export interface OpenedMembers {
  /** Another process, connected. Closed by itself when the test is over. */
  readonly link: () => Promise<Pick<Link, "map">>;
  /** Lets time go by. */
  readonly pass: (ms: number) => Promise<void>;
}

const minuteMs = 60_000;

/** Resolves when the link is up. */
export function started(link: Link): Promise<Link> {
  const connected = new Promise<Link>((resolve) => {
    const ignore = (): void => undefined;
    link.start({ up: () => resolve(link), down: ignore, members: ignore, warning: ignore });
  });
  return within("the link is up", connected, 20_000);
}

function watched(map: SharedMap): SharedMapChange[] {
  const changes: SharedMapChange[] = [];
  map.watch({ changed: (change) => changes.push(change) });
  return changes;
}

/** A listener is registered some time after `watch`. */
async function hears(map: SharedMap, changes: SharedMapChange[]): Promise<void> {
  await waitFor("the watcher hears", async () => {
    await map.set("probe", { n: 0 }, minuteMs);
    return changes.length > 0;
  });
  await map.remove("probe");
  await waitFor("the probe is gone", () => changes.at(-1)?.kind === "removed");
  changes.length = 0;
}

export function sharedMapContract(name: string, open: () => Promise<OpenedMembers>): void {
  describe(`a shared map in ${name}`, () => {
    entries(open);
    watching(open);
  });
}

function entries(open: () => Promise<OpenedMembers>): void {
  test("what one sets, the other gets, with the types it had", async () => {
    const { link } = await open();
    const [one, other] = [(await link()).map("m", []), (await link()).map("m", [])];
    const value = { text: "ä\u0000", count: 7, ratio: 1.5, big: 1_700_000_000_123, yes: true };
    await one.set("key", value, minuteMs);
    expect(await other.get("key")).toEqual(value);
    expect(await other.get("another")).toBeUndefined();
    expect(await (await link()).map("n", []).get("key")).toBeUndefined();
  });

  test("many keys are got at once; those that are not there are left out", async () => {
    const { link } = await open();
    const map = (await link()).map("m", []);
    await map.set("a", { n: 1 }, minuteMs);
    await map.set("b", { n: 2 }, minuteMs);
    expect(await map.getAll(["b", "c", "a"])).toEqual(
      new Map([
        ["a", { n: 1 }],
        ["b", { n: 2 }],
      ]),
    );
    expect(await map.getAll([])).toEqual(new Map());
  });

  test("only one adds what is not there", async () => {
    const { link } = await open();
    const [one, other] = [(await link()).map("m", []), (await link()).map("m", [])];
    const added = await Promise.all([one.add("key", { by: 1 }, minuteMs), other.add("key", { by: 2 }, minuteMs)]);
    expect(added.filter((isNew) => isNew)).toHaveLength(1);
    expect(await one.get("key")).toEqual({ by: added[0] ? 1 : 2 });
  });

  test("an entry is removed once, and with an expected value only if it has it", async () => {
    const { link } = await open();
    const map = (await link()).map("m", []);
    await map.set("key", { n: 1, text: "x" }, minuteMs);
    expect(await map.remove("key", { n: 2, text: "x" })).toBe(false);
    const held = await map.get("key");
    expect(held === undefined ? undefined : await map.remove("key", held)).toBe(true);
    expect(await map.remove("key")).toBe(false);
    await map.set("key", { n: 3 }, minuteMs);
    expect(await map.remove("key")).toBe(true);
    expect(await map.get("key")).toBeUndefined();
  });

  test("entries are found by the value of a field, and counted", async () => {
    const { link } = await open();
    const map = (await link()).map("m", ["user", "context"]);
    await map.set("a", { user: "1:3", context: 1, on: true }, minuteMs);
    await map.set("b", { user: "1:4", context: 1, on: false }, minuteMs);
    await map.set("c", { user: "2:3", context: 2, on: true }, minuteMs);
    const keys = async (field: string, value: string | number | boolean): Promise<string[]> =>
      [...(await map.where(field, value)).keys()].sort();
    expect(await keys("user", "1:3")).toEqual(["a"]);
    expect(await keys("context", 1)).toEqual(["a", "b"]);
    expect(await keys("on", true)).toEqual(["a", "c"]);
    expect(await keys("user", "9:9")).toEqual([]);
    expect((await map.where("user", "1:4")).get("b")).toEqual({ user: "1:4", context: 1, on: false });
    expect(await map.count()).toBe(3);
  });

  test("an entry whose time is over is neither got, found nor counted; setting it anew begins its time anew", async () => {
    const { link, pass } = await open();
    const map = (await link()).map("m", ["user"]);
    await map.set("short", { user: "a" }, 1_000);
    await map.set("renewed", { user: "a" }, 1_000);
    await map.set("renewed", { user: "a" }, minuteMs);
    await pass(2_100);
    expect(await map.get("short")).toBeUndefined();
    expect([...(await map.getAll(["short", "renewed"])).keys()]).toEqual(["renewed"]);
    expect([...(await map.where("user", "a")).keys()]).toEqual(["renewed"]);
    expect(await map.count()).toBe(1);
    expect(await map.add("short", { user: "b" }, minuteMs)).toBe(true);
  });
}

function watching(open: () => Promise<OpenedMembers>): void {
  test("a watcher hears what others and itself change, in order, with the values", async () => {
    const { link } = await open();
    const [one, other] = [(await link()).map("m", []), (await link()).map("m", [])];
    const changes = watched(one);
    await hears(other, changes);
    await other.set("key", { n: 1 }, minuteMs);
    await one.set("key", { n: 2 }, minuteMs);
    await other.remove("key");
    await waitFor("three changes", () => changes.length === 3);
    expect(changes).toEqual([
      { kind: "added", key: "key", value: { n: 1 } },
      { kind: "updated", key: "key", value: { n: 2 } },
      { kind: "removed", key: "key" },
    ]);
  });

  test("a second watcher hears too, and one that was taken off hears nothing more", async () => {
    const { link } = await open();
    const map = (await link()).map("m", []);
    const heard: string[] = [];
    const takeOff = map.watch({ changed: ({ key }) => heard.push(key) });
    const changes = watched(map);
    await hears(map, changes);
    await waitFor("the first one heard", () => heard.length > 0);
    takeOff();
    heard.length = 0;
    await map.set("key", { n: 1 }, minuteMs);
    await waitFor("the second one hears", () => changes.length === 1);
    expect(heard).toEqual([]);
  });

  test("a watcher is told at once that the members are reached", async () => {
    const { link } = await open();
    const events: string[] = [];
    (await link()).map("m", []).watch({ connection: (event) => events.push(event) });
    expect(events[0]).toBe("up");
  });
}
