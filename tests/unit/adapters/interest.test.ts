import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { HashTable } from "../../../adapters/hash-table.ts";
import { Interest } from "../../../adapters/interest.ts";
import { NodeSets } from "../../../adapters/node-sets.ts";
import { everyoneHash, namespaceSeed, roomHash } from "../../../adapters/room-hash.ts";

const random = (): number => 0.4321;

test("the table behaves as a map, whatever is put in and taken out", () => {
  const step = fc.tuple(fc.nat(40), fc.nat(3));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const table = new HashTable(random);
      const model = new Map<number, number>();
      for (const [key, value] of steps) {
        const hash = Math.imul(key, 0x9e3779b1) >>> 0;
        table.set(hash, value);
        if (value === 0) model.delete(hash);
        else model.set(hash, value);
      }
      expect(table.size).toBe(model.size);
      for (const [hash, value] of model) expect(table.get(hash)).toBe(value);
      expect(new Set(table.keys())).toEqual(new Set(model.keys()));
    }),
  );
});

test("keys that all want the same place are still told apart, and removed without losing others", () => {
  const table = new HashTable(() => 0);
  const keys = Array.from({ length: 40 }, (_, i) => i);
  for (const key of keys) table.set(key, key + 1);
  for (const key of keys.filter((one) => one % 3 === 0)) table.set(key, 0);
  for (const key of keys) expect(table.get(key)).toBe(key % 3 === 0 ? 0 : key + 1);
});

test("nodes of rooms are what a plain map would say, also after a node is forgotten", () => {
  const change = fc.tuple(fc.nat(20), fc.nat(6), fc.boolean());
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), fc.nat(6), (changes, gone) => {
      const interest = new Interest(random);
      const model = new Map<number, Set<number>>();
      for (const [room, node, joins] of changes) {
        const nodes = model.get(room) ?? new Set();
        model.set(room, nodes);
        if (joins) {
          interest.add(room, node);
          nodes.add(node);
        } else {
          interest.remove(room, node);
          nodes.delete(node);
        }
      }
      const same = (): void => {
        for (const [room, nodes] of model) expect(interest.nodes(room)).toEqual([...nodes].sort((a, b) => a - b));
      };
      same();
      interest.forget(gone);
      for (const nodes of model.values()) nodes.delete(gone);
      same();
      expect(interest.rooms).toBe([...model.values()].filter((nodes) => nodes.size > 0).length);
    }),
  );
});

test("a set of nodes that no room uses any more makes room for another", () => {
  const sets = new NodeSets();
  let id = 0;
  for (let node = 0; node < 1_000; node++) id = sets.without(sets.with(id, node), node - 1);
  expect(sets.size).toBe(1);
  expect(sets.members(id)).toEqual([999]);
});

// the second count is the worst one: the table has just doubled
test.each([98_304, 98_305, 120_000])("%i remote rooms take at most 24 bytes each", (count) => {
  const interest = new Interest(Math.random);
  const seed = namespaceSeed("/");
  for (let i = 0; i < count; i++) interest.add(roomHash(seed, `user:1:${i}`), i % 4);
  // two rooms of one hash share an entry: a few per million
  expect(interest.rooms).toBeGreaterThan(count * 0.999);
  expect(interest.bytes / count).toBeLessThanOrEqual(24);
});

test("rooms of different namespaces, and everybody, have different hashes", () => {
  const hashes = ["/", "/a", "/b"].flatMap((namespace) => {
    const seed = namespaceSeed(namespace);
    return [
      everyoneHash(seed),
      roomHash(seed, ""),
      roomHash(seed, "x"),
      roomHash(seed, "\u0178"),
      roomHash(seed, "x\0"),
    ];
  });
  expect(new Set(hashes).size).toBe(hashes.length);
});
