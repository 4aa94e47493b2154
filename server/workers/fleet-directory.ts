/** The workers as nodes that the admin API can ask; each appears by its name, or by its id in the cluster. */
import type { Answers, AskOptions, NodeDirectory } from "../ops/admin/node-directory.ts";
import type { NodeQuestion } from "../ops/admin/node-questions.ts";
import type { Fleet, Worker } from "./fleet.ts";
import { life } from "./protocol.ts";

/** Beyond the time that a worker gives the other nodes; and what a worker may take to say that it is there. */
const hopMs = 500;

/** @param areNodes each worker is a node of the cluster and asks all others, so that one of them is asked */
export function createFleetDirectory(
  fleet: Pick<Fleet, "ready">,
  { areNodes }: { readonly areNodes: boolean },
): NodeDirectory {
  return {
    ask: (question, options) =>
      areNodes ? askOneForAll(fleet.ready(), question, options) : askEach(fleet.ready(), question, options),
    askHere: (question, timeoutMs) => askAny(fleet.ready(), question, timeoutMs),
  };
}

const unheard = (name: string): Answers => ({ answers: [], missing: [name], areAllKnown: true });

async function askEach(
  workers: readonly Worker[],
  question: NodeQuestion,
  { only, timeoutMs }: AskOptions,
): Promise<Answers> {
  const meant = workers.filter(({ name }) => only === undefined || name === only);
  if (only !== undefined && meant.length === 0) return unheard(only);
  const asked = meant.map(({ name, peer }) =>
    peer.ask(life.ask, { question, only, timeoutMs }, timeoutMs).catch(() => unheard(name)),
  );
  const heard = await Promise.all(asked);
  return {
    answers: heard.flatMap(({ answers }) => answers),
    missing: heard.flatMap(({ missing }) => missing),
    areAllKnown: heard.every(({ areAllKnown }) => areAllKnown),
  };
}

/** One that shows that it is there: others may stand still, and would cost the whole time of the question. */
async function askOneForAll(
  workers: readonly Worker[],
  question: NodeQuestion,
  { only, timeoutMs }: AskOptions,
): Promise<Answers> {
  const signs = workers.map(({ peer }) => peer.ask(life.state, undefined, hopMs).then(() => peer));
  const first = await Promise.any(signs).catch(() => undefined);
  const answer = await first?.ask(life.ask, { question, only, timeoutMs }, timeoutMs + hopMs).catch(() => undefined);
  return answer ?? { answers: [], missing: workers.map(({ name }) => name), areAllKnown: false };
}

/** The first that answers. */
async function askAny(workers: readonly Worker[], question: NodeQuestion, timeoutMs: number): Promise<unknown> {
  let last: unknown;
  for (const { peer } of workers) {
    try {
      return await peer.ask(life.askHere, { question, timeoutMs }, timeoutMs);
    } catch (cause) {
      last = cause;
    }
  }
  throw new Error("no worker answers", { cause: last });
}
