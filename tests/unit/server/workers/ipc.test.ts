import { expect, test } from "@jest/globals";
import { z } from "zod";
import { createPeer, IpcFault } from "../../../../server/workers/ipc.ts";
import type { Notice, Peer, Question } from "../../../../server/workers/ipc.ts";
import { waitFor } from "../../../support/wait-for.ts";
import { channelPair } from "./channel-pair.ts";

const double: Question<number, number> = { name: "double", argument: z.number(), answer: z.number() };
const hello: Notice<string> = { name: "hello", argument: z.string() };

function pair() {
  const channel = channelPair();
  const faults: string[] = [];
  const peerAt = (end: typeof channel.here): Peer => createPeer(end, (what) => void faults.push(what));
  return { ...channel, faults, here: peerAt(channel.here), there: peerAt(channel.there), ends: channel };
}

test("many questions at once each get their own answer", async () => {
  const { here, there } = pair();
  there.answer(double, async (number) => {
    if (number % 2 === 0) await new Promise((resolve) => setImmediate(resolve));
    return number * 2;
  });
  expect(await Promise.all([1, 2, 3, 4].map((number) => here.ask(double, number)))).toEqual([2, 4, 6, 8]);
});

test.each<{ name: string; answer: (peer: Peer) => void; says: RegExp }>([
  {
    name: "is silent",
    answer: (peer) => peer.answer(double, () => new Promise(() => undefined)),
    says: /within 20 ms/,
  },
  { name: "does not know the question", answer: () => undefined, says: /nobody answers double/ },
  {
    name: "fails",
    answer: (peer) =>
      peer.answer(double, () => {
        throw new Error("made to fail");
      }),
    says: /made to fail/,
  },
  {
    name: "says what is not understood",
    answer: (peer) => peer.answer({ ...double, answer: z.unknown() }, () => "four"),
    says: /not understood/,
  },
])("a process that $name is a fault for whoever asks", async ({ answer, says }) => {
  const { here, there } = pair();
  answer(there);
  const asked = here.ask(double, 2, 20);
  await expect(asked).rejects.toThrow(says);
  await expect(asked).rejects.toThrow(IpcFault);
});

test("an argument that is not understood is a fault, and nobody is called with it", async () => {
  const { here, there } = pair();
  const called: unknown[] = [];
  there.answer(double, (number) => {
    called.push(number);
    return 0;
  });
  await expect(here.ask({ ...double, argument: z.unknown() }, "two")).rejects.toThrow(IpcFault);
  expect(called).toEqual([]);
});

test("a channel that is cut fails at once, not at the deadline", async () => {
  const { here, ends } = pair();
  ends.cut();
  await expect(here.ask(double, 2, 60_000)).rejects.toThrow(/cannot be reached/);
});

test("closing fails what waits and what comes later", async () => {
  const { here } = pair();
  const waiting = here.ask(double, 2, 60_000);
  here.close();
  await expect(waiting).rejects.toThrow(/is gone/);
  await expect(here.ask(double, 2)).rejects.toThrow(/is gone/);
});

test("an answer after the deadline is nobody's", async () => {
  const { here, there, faults } = pair();
  let answer: (number: number) => void = () => undefined;
  there.answer(double, () => new Promise((resolve) => (answer = resolve)));
  await expect(here.ask(double, 2, 5)).rejects.toThrow(/within/);
  answer(4);
  there.answer(double, (number) => number * 2);
  expect(await here.ask(double, 8)).toBe(16);
  expect(faults).toEqual([]);
});

test("messages of others on the channel are left alone; broken ones of ours are told", async () => {
  const { ends, there, faults } = pair();
  const heard: string[] = [];
  there.on(hello, (name) => void heard.push(name));
  const post = (message: object): void => ends.here.send(message, () => undefined);
  post({ source: "_sio_adapter", type: 2 });
  post({ oxbow: "tell", name: "nobody knows this", argument: 1 });
  post({ oxbow: "shout", name: "hello" });
  post({ oxbow: "tell", name: "hello", argument: 7 });
  post({ oxbow: "tell", name: "hello", argument: "you" });
  await waitFor("the last one", () => heard.length > 0);
  expect(heard).toEqual(["you"]);
  expect(faults).toEqual([
    "a message of another process was not understood",
    "a message of another process was not taken",
  ]);
});
