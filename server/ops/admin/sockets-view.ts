/**
 * All nodes and all sockets of the cluster, listed and closed: the one function behind the admin API and the command line.
 * An answer that lacks a node says so; it never waits longer than its deadline.
 */
import type { z } from "zod";
import type { NodeDirectory } from "./node-directory.ts";
import { countAnswer, nodeEntry, socketsAnswer } from "./node-questions.ts";
import type { NodeEntry, NodeQuestion } from "./node-questions.ts";
import type { SocketFilter } from "./socket-filter.ts";
import { cursorOf, joinPages } from "./socket-pages.ts";
import type { Place, SocketEntry } from "./socket-pages.ts";

/** Part of every answer about more than one node. */
export interface Completeness {
  /** False: some node did not answer in time, or this one is cut off from the others. */
  readonly complete: boolean;
  /** Nodes that did not answer. What was asked of them may still happen when they are back. */
  readonly missing: readonly string[];
}

export interface SocketsPage extends Completeness {
  readonly sockets: readonly SocketEntry[];
  /** How many fit, on whatever page. */
  readonly total: number;
  /** The cursor of the next page. Absent: this was the last one. */
  readonly next?: string;
}

export interface SocketsView {
  nodes(): Promise<Completeness & { readonly nodes: readonly NodeEntry[] }>;
  list(wish: {
    readonly filter: SocketFilter;
    readonly after: Place | undefined;
    readonly limit: number;
  }): Promise<SocketsPage>;
  /** Closes by the transport only: the browsers come back by themselves. `dryRun`: only counts. */
  close(wish: {
    readonly filter: SocketFilter;
    readonly dryRun: boolean;
  }): Promise<Completeness & { readonly count: number }>;
}

export interface SocketsViewDeps {
  readonly nodes: Pick<NodeDirectory, "ask">;
  /** A node said what this one does not understand. */
  readonly onFault: (what: string, cause: unknown) => void;
  /** How long nodes may take to answer. */
  readonly timeoutMs: number;
}

export function createSocketsView(deps: SocketsViewDeps): SocketsView {
  const ask = <T>(question: NodeQuestion, form: z.ZodType<T>, node?: string) => askAll(deps, question, form, node);
  return {
    nodes: async () => {
      const { answers, ...completeness } = await ask({ ask: "node" }, nodeEntry);
      return { nodes: answers.toSorted((a, b) => (a.node < b.node ? -1 : 1)), ...completeness };
    },
    list: async ({ filter, after, limit }) => {
      const question: NodeQuestion = { ask: "sockets", filter, after, limit: limit + 1 };
      const { answers, ...completeness } = await ask(question, socketsAnswer, filter.node);
      const page = joinPages(
        answers.map(({ sockets }) => sockets),
        limit,
      );
      return {
        sockets: page.sockets,
        total: sum(answers.map(({ total }) => total)),
        ...(page.next === undefined ? {} : { next: cursorOf(page.next) }),
        ...completeness,
      };
    },
    close: async ({ filter, dryRun }) => {
      const { answers, ...completeness } = await ask({ ask: "close", filter, dryRun }, countAnswer, filter.node);
      return { count: sum(answers.map(({ count }) => count)), ...completeness };
    },
  };
}

export interface Gathered<T> extends Completeness {
  readonly answers: readonly T[];
}

/** What all nodes say, as far as it is understood. @param only the one node to ask */
export async function askAll<T>(
  { nodes, onFault, timeoutMs }: SocketsViewDeps,
  question: NodeQuestion,
  form: z.ZodType<T>,
  only: string | undefined,
): Promise<Gathered<T>> {
  const gathered = await nodes.ask(question, { only, timeoutMs });
  const answers: T[] = [];
  const missing = [...gathered.missing];
  for (const { node, answer } of gathered.answers) {
    const read = form.safeParse(answer);
    if (read.success) answers.push(read.data);
    else {
      missing.push(node);
      onFault("the answer of a node was not understood", read.error);
    }
  }
  return { answers, complete: missing.length === 0 && gathered.areAllKnown, missing: missing.sort() };
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);
