/** Rules of a few lines each. */
import { describe, expect, test } from "@jest/globals";
import { findAckId, putAckId } from "../../../adapters/ack-template.ts";
import { ByteReader, ByteWriter } from "../../../adapters/bytes.ts";
import { LAST_PART, NO_NAMESPACE } from "../../../adapters/frames.ts";
import { itemBytes } from "../../../adapters/item-size.ts";
import { resolveOptions } from "../../../adapters/options.ts";
import { OwnRooms } from "../../../adapters/own-rooms.ts";
import { Peer } from "../../../adapters/peer.ts";
import { Requests } from "../../../adapters/requests.ts";

describe("the place of an acknowledgement id", () => {
  test.each([
    { frames: ['212["ev",1]'], namespace: "/", id: 12, put: ['2777["ev",1]'] },
    { frames: ['2/admin,0["ev"]'], namespace: "/admin", id: 0, put: ['2/admin,777["ev"]'] },
    {
      frames: ['52-/a,9["ev",{"_placeholder":true,"num":0}]', Buffer.from([1]), Buffer.from([2])],
      namespace: "/a",
      id: 9,
      put: ['52-/a,777["ev",{"_placeholder":true,"num":0}]', Buffer.from([1]), Buffer.from([2])],
    },
  ])("$frames.0 gets another id and keeps the rest", ({ frames, namespace, id, put }) => {
    const place = findAckId(frames, namespace, id);
    expect(place && putAckId(frames, place, 777)).toEqual(put);
  });

  test("frames of another parser have none", () => {
    expect(findAckId([Buffer.from([1, 2])], "/", 1)).toBeUndefined();
    expect(findAckId(['{"id":12}'], "/", 12)).toBeUndefined();
  });
});

describe("options", () => {
  test.each([
    { options: { prefx: "x" }, says: 'unknown option "prefx"' },
    { options: { prefix: "" }, says: 'option "prefix"' },
    { options: { prefix: "a@b" }, says: 'option "prefix"' },
    { options: { requestsTimeout: 0 }, says: 'option "requestsTimeout"' },
    { options: { nodeTimeout: 10 }, says: 'option "nodeTimeout" must be a number from 1000' },
    { options: { outboxBytes: Number.NaN }, says: 'option "outboxBytes"' },
    { options: { partialResults: "yes" }, says: 'option "partialResults"' },
  ])("$options is refused by name", ({ options, says }) => {
    expect(() => resolveOptions(options as object)).toThrow(says);
  });

  test("what is left out, or undefined, has its default", () => {
    expect(resolveOptions({ prefix: "app" })).toMatchObject({ prefix: "app", requestsTimeout: 5_000 });
    expect(resolveOptions()).toEqual(resolveOptions({}));
  });
});

test("a ring full of items takes no more memory than was allowed, whatever its capacity", () => {
  for (const capacity of [256, 1_024, 4_096, 10_000]) {
    expect(itemBytes(16_777_216, capacity) * capacity).toBeLessThanOrEqual(16_777_216);
  }
  expect(itemBytes(16_777_216, 1)).toBe(65_536);
});

describe("rooms as the others know them", () => {
  test("two rooms of one hash are announced once and gone when both are", () => {
    const rooms = new OwnRooms(Math.random);
    expect([rooms.add(7), rooms.add(7)]).toEqual([true, false]);
    rooms.remove(7, 0);
    expect(rooms.takeGone(5_000)).toEqual([]);
    rooms.remove(7, 5_000);
    expect(rooms.takeGone(5_999)).toEqual([]);
    expect(rooms.takeGone(6_000)).toEqual([7]);
    expect([...rooms.announced()]).toEqual([]);
  });

  test("a room that comes back in time was never gone", () => {
    const rooms = new OwnRooms(Math.random);
    rooms.add(7);
    rooms.remove(7, 0);
    expect([...rooms.announced()]).toEqual([7]);
    expect(rooms.add(7)).toBe(false);
    expect(rooms.takeGone(10_000)).toEqual([]);
  });
});

describe("requests", () => {
  const peers = ["a", "b"].map((id) => Object.create(Peer.prototype, { id: { value: id } }) as Peer);
  const open = (): { requests: Requests; id: number; parts: string[]; silent: string[][]; expire: () => void } => {
    let expire = (): void => undefined;
    const requests = new Requests({
      now: () => 0,
      soon: (task) => task(),
      after: (_ms, task) => ((expire = task), () => undefined),
    });
    const [parts, silent]: [string[], string[][]] = [[], []];
    const id = requests.open(peers, 1_000, {
      part: (peer, body) => parts.push(`${peer.id}${body.u8()}`),
      done: (who) => silent.push(who.map((peer) => peer.id)),
    });
    return { requests, id, parts, silent, expire: () => expire() };
  };
  const answer = (id: number, flags: number, ...rest: number[]): ByteReader => {
    const writer = new ByteWriter();
    writer.varint(id);
    for (const byte of [flags, ...rest]) writer.u8(byte);
    return new ByteReader(Buffer.from(writer.view()));
  };

  test("a request is done when every node has sent its last part", () => {
    const { requests, id, parts, silent } = open();
    const [a, b] = peers as [Peer, Peer];
    requests.answer(a, answer(id, 0, 1));
    requests.answer(a, answer(id, LAST_PART, 2));
    requests.answer(a, answer(id, LAST_PART, 3)); // a repeat
    expect(silent).toEqual([]);
    requests.answer(b, answer(id, LAST_PART | NO_NAMESPACE));
    expect([parts, silent]).toEqual([["a1", "a2"], [[]]]);
    expect(requests.size).toBe(0);
  });

  test("a node that dies settles its part, and silence is named when the time is over", () => {
    const { requests, silent, expire } = open();
    requests.forget(peers[0] as Peer);
    expire();
    expect(silent).toEqual([["b"]]);
  });

  test("closing ends everything at once, and nobody to ask is an answer", () => {
    const { requests, silent } = open();
    requests.close();
    expect(silent).toEqual([["a", "b"]]);
    let done = false;
    requests.open([], 1_000, { part: () => undefined, done: () => (done = true) });
    expect(done).toBe(true);
  });
});
