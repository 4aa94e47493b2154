/**
 * Questions from one node to the others and their answers, on the adapter's requests. Whoever is not heard in time is
 * named; so is a node that was declared dead and may only stand still, as its sockets may still be open.
 */
import type { Server } from "socket.io";
import type { Cluster, HazelcastAdapter, RequestTimeoutError } from "socket.io-hazelcast-adapter";
import { z } from "zod";
import type { Answers, NodeDirectory } from "../ops/admin/node-directory.ts";

/** Name on the wire between nodes of one release and the next: change only with both understood. */
const event = "oxbow:question";

/** `failed`: the node does not know the question, or could not answer it. */
const answerOnWire = z.object({ node: z.string(), answer: z.unknown(), failed: z.boolean().optional() });

export interface QuestionsDeps {
  readonly io: Server;
  /** Undefined before the start. */
  readonly adapter: () => HazelcastAdapter | undefined;
  readonly cluster: () => Cluster | undefined;
  /** Rejects for questions that it does not know. */
  readonly onQuestion: (question: unknown) => Promise<object>;
  readonly onFault: (what: string, cause: unknown) => void;
}

/** The other nodes. */
export function createQuestions(deps: QuestionsDeps): Pick<NodeDirectory, "ask"> {
  answerQuestions(deps);
  return {
    ask: async (question, { only, timeoutMs }) => {
      const [adapter, cluster] = [deps.adapter(), deps.cluster()];
      if (adapter === undefined || cluster === undefined) return { answers: [], missing: [], areAllKnown: false };
      const known = cluster.servers().filter(({ self, id }) => !self && (only === undefined || id === only));
      const asked = known.filter(({ alive }) => alive).map(({ id }) => id);
      const answers = asked.length === 0 ? [] : await send(adapter, question, { servers: asked, timeout: timeoutMs });
      return gather(answers, {
        wanted: only === undefined ? known.map(({ id }) => id) : [only],
        isConnected: cluster.state === "ready",
      });
    },
  };
}

function answerQuestions({ io, cluster, onQuestion, onFault }: QuestionsDeps): void {
  io.of("/").on(event, (question: unknown, reply: (answer: unknown) => void) => {
    const node = cluster()?.id ?? "";
    onQuestion(question).then(
      (answer) => reply({ node, answer }),
      (cause: unknown) => {
        onFault("a question of another node could not be answered", cause);
        reply({ node, failed: true });
      },
    );
  });
}

async function send(
  adapter: HazelcastAdapter,
  question: object,
  options: { readonly servers: readonly string[]; readonly timeout: number },
): Promise<readonly unknown[]> {
  return new Promise((resolve) => {
    const done = (_error: RequestTimeoutError | null, responses: readonly unknown[]): void => resolve(responses);
    adapter.serverSideEmit([event, question, done], options);
  });
}

function gather(
  responses: readonly unknown[],
  { wanted, isConnected }: { readonly wanted: readonly string[]; readonly isConnected: boolean },
): Answers {
  const answers = responses.flatMap((response) => {
    const read = answerOnWire.safeParse(response);
    return read.success && read.data.failed !== true ? [{ node: read.data.node, answer: read.data.answer }] : [];
  });
  const heard = new Set(answers.map(({ node }) => node));
  return { answers, missing: wanted.filter((id) => !heard.has(id)), areAllKnown: isConnected };
}
