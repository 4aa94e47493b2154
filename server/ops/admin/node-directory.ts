/** Asking every node the same question and gathering what they say: the port, and the node that is this process. */
import type { Answerer, NodeQuestion } from "./node-questions.ts";

/** Nodes that can be asked. */
export interface NodeDirectory {
  /**
   * Puts a question to all, or to one of them, and gathers what they say. Resolves when all have answered, at the latest
   * after `timeoutMs`, and does not reject for a node that is silent. A node that is too late may still do what it was
   * asked for.
   */
  ask(question: NodeQuestion, options: AskOptions): Promise<Answers>;
  /**
   * Puts a question to this node alone, of whose processes any can answer it.
   * @throws Error when none does
   */
  askHere(question: NodeQuestion, timeoutMs: number): Promise<unknown>;
}

export interface AskOptions {
  /** The id of the one node to ask. Undefined: all. */
  readonly only: string | undefined;
  readonly timeoutMs: number;
}

export interface Answers {
  /** As they came: to be checked by whoever asked. */
  readonly answers: readonly { readonly node: string; readonly answer: unknown }[];
  /** Nodes that did not answer. */
  readonly missing: readonly string[];
  /** False: there may be others that nobody knows of just now. */
  readonly areAllKnown: boolean;
}

/** The node that is this process. */
export const createOwnNode = (self: () => string, answer: Answerer): NodeDirectory => ({
  ask: async (question, { only }) => {
    const node = self();
    if (only !== undefined && only !== node) return { answers: [], missing: [only], areAllKnown: true };
    return { answers: [{ node, answer: await answer(question) }], missing: [], areAllKnown: true };
  },
  askHere: (question) => answer(question),
});

/** This node and those that `others` knows, asked at the same time. */
export const withOthers = (
  self: () => string,
  own: NodeDirectory,
  others: Pick<NodeDirectory, "ask">,
): NodeDirectory => ({
  ask: async (question, options) => {
    if (options.only !== undefined) return (options.only === self() ? own : others).ask(question, options);
    const [here, there] = await Promise.all([own.ask(question, options), others.ask(question, options)]);
    return {
      answers: [...here.answers, ...there.answers],
      missing: there.missing,
      areAllKnown: there.areAllKnown,
    };
  },
  askHere: (question, timeoutMs) => own.askHere(question, timeoutMs),
});
