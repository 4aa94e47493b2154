/**
 * Questions and notices between two processes over Node's IPC channel. A question has a number, a deadline and an answer;
 * a notice has none. What arrives is parsed before anything trusts it, and what is not ours is left alone, because the
 * same channel carries the messages of the Socket.IO adapter and of Node itself.
 * Not here: what is asked (`protocol.ts`), processes (`fleet.ts`).
 */
import { z } from "zod";

/** The part of a process at the other end of a channel that is used here. */
export interface Channel {
  /** Calls `failed` when the message cannot have arrived. */
  send(message: object, failed: (cause: Error) => void): void;
  onMessage(listener: (message: unknown) => void): void;
}

/** A question: its name on the wire and the forms of both directions. */
export interface Question<A, R> {
  readonly name: string;
  readonly argument: z.ZodType<A>;
  readonly answer: z.ZodType<R>;
}

/** What is told without an answer. */
export interface Notice<A> {
  readonly name: string;
  readonly argument: z.ZodType<A>;
}

/** The other process did not answer, or answered that it failed. Passing: says nothing about what was asked. */
export class IpcFault extends Error {
  readonly code = "OXB-0120";
}

export interface Peer {
  /** @throws {IpcFault} no answer in time, a fault over there, or an answer that is not understood */
  readonly ask: <A, R>(question: Question<A, R>, argument: A, deadlineMs?: number) => Promise<R>;
  readonly tell: <A>(notice: Notice<A>, argument: A) => void;
  /** What runs when the other side asks; a rejection is told to it by its message. */
  readonly answer: <A, R>(question: Question<A, R>, answer: (argument: A) => R | Promise<R>) => void;
  readonly on: <A>(notice: Notice<A>, take: (argument: A) => void) => void;
  /** Everything still waiting fails at once, and so does what is asked later. */
  close(): void;
}

/** So long may an answer take unless the question says otherwise. A process that stands still holds nobody longer. */
export const defaultDeadlineMs = 2_000;
/** Beyond it the other side is as good as gone: further questions fail at once instead of piling up. */
const maxWaiting = 20_000;

const envelope = z.discriminatedUnion("oxbow", [
  z.object({ oxbow: z.literal("ask"), id: z.int(), name: z.string(), argument: z.unknown() }),
  z.object({ oxbow: z.literal("answer"), id: z.int(), answer: z.unknown() }),
  z.object({ oxbow: z.literal("fault"), id: z.int(), message: z.string() }),
  z.object({ oxbow: z.literal("tell"), name: z.string(), argument: z.unknown() }),
]);
type Envelope = z.infer<typeof envelope>;

/** @param onFault is told what arrived and was not understood, and what a taker of notices threw */
export function createPeer(channel: Channel, onFault: (what: string, cause: unknown) => void): Peer {
  const waiting = createWaitingList();
  const answers = new Map<string, (argument: unknown) => Promise<unknown>>();
  const takers = new Map<string, (argument: unknown) => void>();
  let closed = false;

  const post = (message: Envelope, failed: (cause: Error) => void = () => undefined): void => {
    if (!closed) channel.send(message, failed);
  };
  const respond = async (id: number, name: string, argument: unknown): Promise<void> => {
    const answer = answers.get(name);
    try {
      if (answer === undefined) throw new Error(`nobody answers ${name} here`);
      post({ oxbow: "answer", id, answer: await answer(argument) });
    } catch (fault) {
      post({ oxbow: "fault", id, message: fault instanceof Error ? fault.message : String(fault) });
    }
  };
  const receive = (message: Envelope): void => {
    switch (message.oxbow) {
      case "ask":
        return void respond(message.id, message.name, message.argument);
      case "answer":
        return waiting.resolve(message.id, message.answer);
      case "fault":
        return waiting.reject(message.id, new IpcFault(message.message));
      case "tell":
        return takers.get(message.name)?.(message.argument);
    }
  };
  listen(channel, onFault, (message) => (closed ? undefined : receive(message)));

  return {
    ask: async ({ name, answer }, argument, deadlineMs = defaultDeadlineMs) => {
      if (closed) throw new IpcFault(`${name}: the other process is gone`);
      const { id, settled } = waiting.add(name, deadlineMs);
      post({ oxbow: "ask", id, name, argument }, (cause) =>
        waiting.reject(id, new IpcFault(`${name}: the other process cannot be reached`, { cause })),
      );
      const read = answer.safeParse(await settled);
      if (!read.success) throw new IpcFault(`${name}: the answer was not understood`, { cause: read.error });
      return read.data;
    },
    tell: ({ name }, argument) => post({ oxbow: "tell", name, argument }),
    answer: (question, answer) => {
      answers.set(question.name, async (argument) => await answer(question.argument.parse(argument)));
    },
    on: (notice, take) => {
      takers.set(notice.name, (argument) => take(notice.argument.parse(argument)));
    },
    close: () => {
      closed = true;
      waiting.rejectAll(new IpcFault("the other process is gone"));
    },
  };
}

function listen(
  channel: Channel,
  onFault: (what: string, cause: unknown) => void,
  receive: (message: Envelope) => void,
): void {
  channel.onMessage((message) => {
    if (typeof message !== "object" || message === null || !("oxbow" in message)) return; // somebody else's
    const read = envelope.safeParse(message);
    if (!read.success) return onFault("a message of another process was not understood", read.error);
    try {
      receive(read.data);
    } catch (cause) {
      onFault("a message of another process was not taken", cause);
    }
  });
}

interface WaitingList {
  /** @throws {IpcFault} when too many wait already */
  add(name: string, deadlineMs: number): { readonly id: number; readonly settled: Promise<unknown> };
  /** Of one that does not wait any more: nothing happens. */
  resolve(id: number, answer: unknown): void;
  reject(id: number, fault: IpcFault): void;
  rejectAll(fault: IpcFault): void;
}

function createWaitingList(): WaitingList {
  const waiting = new Map<number, { resolve: (answer: unknown) => void; reject: (fault: IpcFault) => void }>();
  let lastId = 0;
  const take = (id: number) => {
    const found = waiting.get(id);
    waiting.delete(id);
    return found;
  };
  return {
    add: (name, deadlineMs) => {
      if (waiting.size >= maxWaiting) throw new IpcFault(`${name}: the other process does not keep up`);
      const id = ++lastId;
      const settled = new Promise<unknown>((resolve, reject) => {
        const timer = setTimeout(() => {
          take(id)?.reject(new IpcFault(`${name}: no answer within ${deadlineMs} ms`));
        }, deadlineMs);
        waiting.set(id, {
          resolve: (answer) => {
            clearTimeout(timer);
            resolve(answer);
          },
          reject: (fault) => {
            clearTimeout(timer);
            reject(fault);
          },
        });
      });
      return { id, settled };
    },
    resolve: (id, answer) => take(id)?.resolve(answer),
    reject: (id, fault) => take(id)?.reject(fault),
    rejectAll: (fault) => {
      for (const id of [...waiting.keys()]) take(id)?.reject(fault);
    },
  };
}
