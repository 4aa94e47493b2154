/** Settings with their origin, and why a user has push or not: what the admin API and the command line ask for. */
import { z } from "zod";
import { conclude, explainSteps } from "./explain-steps.ts";
import type { Facts } from "./explain-steps.ts";
import type { NodeDirectory } from "./node-directory.ts";
import { configAnswer } from "./node-questions.ts";
import type { SocketsView, SocketsViewDeps } from "./sockets-view.ts";
import { askAll } from "./sockets-view.ts";
import { knownPerson, refusalsAnswer, standing, unknownPerson } from "./standing.ts";
import type { KnownPerson, Person } from "./standing.ts";

export const explanation = z.object({
  person: knownPerson,
  steps: z
    .array(z.object({ step: z.string(), state: z.enum(["fine", "blocks", "unknown", "note"]), says: z.string() }))
    .readonly(),
  verdict: z.enum(["push", "no-socket", "blocked"]),
  sentence: z.string(),
  complete: z.boolean(),
  missing: z.array(z.string()).readonly(),
});
export type Explanation = Readonly<z.infer<typeof explanation>>;
export type ConfigAnswer = z.infer<typeof configAnswer>;
type Unknown = z.infer<typeof unknownPerson>;

export interface Inspection {
  /** Values of all names with this beginning, for a user or at server scope, as this node has them. */
  config(prefix: string, person: Person | undefined): Promise<ConfigAnswer>;
  explain(person: Person): Promise<Explanation | Unknown>;
}

/** Sockets of one user that are looked at; all count. */
const mostSockets = 100;
const mostRefusals = 5;

export interface InspectionDeps extends SocketsViewDeps {
  readonly nodes: NodeDirectory;
}

export function createInspection(deps: InspectionDeps, view: Pick<SocketsView, "list">): Inspection {
  const { nodes, timeoutMs } = deps;
  const refusalsOf = async (
    { context, user }: KnownPerson,
    sessions: readonly string[],
  ): Promise<Facts["refusals"]> => {
    const question = { ask: "refusals", context, user, sessions } as const;
    const { answers, ...completeness } = await askAll(deps, question, refusalsAnswer, undefined);
    const all = answers.flatMap(({ refusals }) => refusals).sort((a, b) => (a.at < b.at ? 1 : -1));
    return { refusals: all.slice(0, mostRefusals), ...completeness };
  };
  return {
    config: async (prefix, person) =>
      configAnswer.parse(
        await nodes.askHere({ ask: "config", prefix, ...(person === undefined ? {} : { person }) }, timeoutMs),
      ),
    explain: async (asked) => {
      const own = z
        .union([standing, unknownPerson])
        .parse(await nodes.askHere({ ask: "standing", person: asked }, timeoutMs));
      if ("unknown" in own) return own;
      const { context, user } = own.person;
      const [sockets, refusals] = await Promise.all([
        view.list({ filter: { context, user }, after: undefined, limit: mostSockets }),
        refusalsOf(own.person, own.users?.sessions ?? []),
      ]);
      return explanationOf({ standing: own, sockets, refusals });
    },
  };
}

export function explanationOf(facts: Facts): Explanation {
  const steps = explainSteps.map(({ step, look }) => ({ step, ...look(facts) }));
  const parts = [facts.sockets, facts.refusals];
  return {
    person: facts.standing.person,
    steps,
    ...conclude(facts, steps),
    complete: parts.every(({ complete }) => complete),
    missing: [...new Set(parts.flatMap(({ missing }) => missing))].sort(),
  };
}
