import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  comparePlaces,
  cursorOf,
  entryOf,
  firstAfter,
  joinPages,
  placeOf,
  readCursor,
} from "../../../../../server/ops/admin/socket-pages.ts";
import type { Place } from "../../../../../server/ops/admin/socket-pages.ts";
import { recordedSocket } from "../../recorded-socket.ts";

const somePlace: fc.Arbitrary<Place> = fc.tuple(
  fc.integer({ min: 1, max: 3 }),
  fc.integer({ min: 1, max: 3 }),
  fc.constantFrom("a", "b"),
  fc.string({ maxLength: 3 }),
  fc.constantFrom("n1", "n2"),
);
const somePlaces = fc.uniqueArray(somePlace, { selector: (place) => JSON.stringify(place), maxLength: 60 });
const itself = (place: Place): Place => place;

test("an entry shows the fingerprint, the time as a date and nothing that is secret", () => {
  const { facts } = recordedSocket();
  expect(entryOf(facts, "n1")).toEqual({
    context: 1,
    user: 3,
    session: "fingerprint-a",
    connection: "connection-1",
    client: "open-xchange-appsuite",
    address: "192.0.2.1",
    path: "/socket.io/appsuite/",
    protocol: 4,
    node: "n1",
    since: "2023-11-14T22:13:20.000Z",
  });
});

test("the first after a place are those that sorting all would give", () => {
  fc.assert(
    fc.property(
      somePlaces,
      fc.option(somePlace, { nil: undefined }),
      fc.integer({ min: 1, max: 9 }),
      (all, after, limit) => {
        const sorted = [...all]
          .sort(comparePlaces)
          .filter((one) => after === undefined || comparePlaces(one, after) > 0);
        expect(firstAfter(all, itself, { after, limit })).toEqual(sorted.slice(0, limit));
      },
    ),
  );
});

test("numbers count as numbers in the order", () => {
  expect(comparePlaces([2, 1, "", "", ""], [10, 1, "", "", ""])).toBeLessThan(0);
});

test("walking all pages of several nodes meets every socket once, in order", () => {
  fc.assert(
    fc.property(somePlaces, fc.integer({ min: 1, max: 7 }), (places, limit) => {
      const facts = places.map(([contextId, userId, session, connection, node]) => ({
        node,
        facts: recordedSocket({ contextId, userId, session, connection }).facts,
      }));
      const met: Place[] = [];
      let after: Place | undefined;
      do {
        const parts = ["n1", "n2"].map((node) => {
          const own = facts.filter((one) => one.node === node).map((one) => one.facts);
          const page = firstAfter(own, (one) => placeOf(one, node), { after, limit: limit + 1 });
          return page.map((one) => entryOf(one, node));
        });
        const { sockets, next } = joinPages(parts, limit);
        expect(sockets.length).toBeLessThanOrEqual(limit);
        met.push(...sockets.map((one): Place => [one.context, one.user, one.session, one.connection, one.node]));
        after = next;
      } while (after !== undefined);
      expect(met).toEqual([...places].sort(comparePlaces));
    }),
  );
});

test("a last page that is full has no next one", () => {
  const entry = entryOf(recordedSocket().facts, "n1");
  expect(joinPages([[entry], []], 1)).toEqual({ sockets: [entry], next: undefined });
});

test("a cursor is the place that it was made of, and can stand in a URL as it is", () => {
  fc.assert(
    fc.property(somePlace, (place) => {
      expect(readCursor(cursorOf(place))).toEqual(place);
      expect(encodeURIComponent(cursorOf(place))).toBe(cursorOf(place));
    }),
  );
});

test.each(["", "x", "bm8", cursorOf([1, 2, "a", "b", "c"]).slice(0, -4), Buffer.from("[1,2]").toString("base64url")])(
  "%j is no cursor",
  (cursor) => {
    expect(readCursor(cursor)).toBeUndefined();
  },
);
