import { describe, expect, test } from "@jest/globals";
import { Liveness } from "../../../adapters/liveness.ts";
import { IncomingStream, IncomingStreams } from "../../../adapters/stream.ts";

describe("a stream of numbered messages", () => {
  test.each([
    {
      name: "in order they are applied",
      items: [
        [1, 1, 2],
        [1, 3, 1],
      ],
      arrivals: ["apply", "apply"],
    },
    {
      name: "a repeat is dropped",
      items: [
        [1, 1, 2],
        [1, 1, 2],
        [1, 3, 1],
      ],
      arrivals: ["apply", "repeat", "apply"],
    },
    {
      name: "a jump is a loss of that many",
      items: [
        [1, 1, 1],
        [1, 5, 1],
      ],
      arrivals: ["apply", { lost: 3 }],
    },
    { name: "the beginning may be lost too", items: [[1, 4, 1]], arrivals: [{ lost: 3 }] },
    {
      name: "what comes after it was called lost is not applied late",
      items: [
        [1, 3, 1],
        [1, 1, 2],
      ],
      arrivals: [{ lost: 2 }, "repeat"],
    },
    {
      name: "a report takes no number, but shows what is missing",
      items: [
        [1, 1, 1],
        [1, 2, 0],
        [1, 4, 0],
      ],
      arrivals: ["apply", "apply", { lost: 2 }],
    },
    {
      name: "an old report says nothing",
      items: [
        [1, 1, 3],
        [1, 2, 0],
      ],
      arrivals: ["apply", "apply"],
    },
    {
      name: "a higher epoch begins anew, a lower one is over",
      items: [
        [1, 1, 5],
        [2, 1, 1],
        [1, 6, 1],
      ],
      arrivals: ["apply", "apply", "repeat"],
    },
  ])("$name", ({ items, arrivals }) => {
    const stream = new IncomingStream();
    expect(items.map(([epoch = 0, first = 0, span = 0]) => stream.take(epoch, first, span))).toEqual(arrivals);
  });

  test("what was written and never came is lost once", () => {
    const stream = new IncomingStream();
    stream.take(1, 1, 4);
    expect(stream.missingUpTo(1, 9)).toBe(5);
    expect(stream.missingUpTo(1, 9)).toBe(0);
    expect(stream.missingUpTo(2, 20)).toBe(0);
    expect(stream.take(1, 10, 1)).toBe("apply");
  });

  test("streams of nodes that are gone are remembered, but not all of them for ever", () => {
    const streams = new IncomingStreams();
    const first = streams.of("first");
    expect(streams.of("first")).toBe(first);
    for (let i = 0; i < 5_000; i++) streams.of(`node ${i}`);
    expect(streams.of("first")).not.toBe(first);
  });
});

describe("who is alive", () => {
  const options = { deadAfterMs: 1_500, longestPauseMs: 1_500 };
  const beats = (beat: number): Map<string, number> => new Map([["n", beat]]);

  test("a node is silent when its beat has not changed for the time given", () => {
    const liveness = new Liveness(options);
    expect(liveness.look(0, beats(1), ["n"]).size).toBe(0);
    expect(liveness.look(500, beats(1), ["n"]).size).toBe(0);
    expect(liveness.look(1_000, beats(1), ["n"]).size).toBe(0);
    expect(liveness.look(1_500, beats(1), ["n"])).toEqual(new Set(["n"]));
    expect(liveness.look(2_000, beats(2), ["n"]).size).toBe(0);
  });

  test("a message counts as a sign of life, and a node without a lease may live by that", () => {
    const liveness = new Liveness(options);
    liveness.look(0, new Map(), ["n"]);
    liveness.look(1_000, new Map(), ["n"]);
    liveness.sign("n", 1_400);
    expect(liveness.look(2_000, new Map(), ["n"]).size).toBe(0);
    expect(liveness.look(2_900, new Map(), ["n"])).toEqual(new Set(["n"]));
  });

  test("after a pause between looks everybody's time starts anew", () => {
    const liveness = new Liveness(options);
    liveness.look(0, beats(1), ["n"]);
    expect(liveness.look(60_000, beats(1), ["n"]).size).toBe(0);
    expect(liveness.look(61_000, beats(1), ["n"]).size).toBe(0);
    expect(liveness.look(61_500, beats(1), ["n"])).toEqual(new Set(["n"]));
  });

  test("an own standstill accuses nobody", () => {
    const liveness = new Liveness(options);
    liveness.look(0, beats(1), ["n"]);
    liveness.look(1_000, beats(1), ["n"]);
    liveness.restart(1_400);
    expect(liveness.look(2_000, beats(1), ["n"]).size).toBe(0);
  });
});
