/**
 * What is written in context sets and can never count, as far as it can be proved from what is written: expressions that
 * fit nobody, values behind an earlier set that fits whoever the later one fits, values that the order of scopes or
 * `final` bars. For checks before a start; nothing here changes what counts.
 */
import type { ContextSet } from "./context-sets.ts";
import { findingAt, placeOf, printable, quoted, type Finding, type Origin } from "./finding.ts";
import type { ScopeName } from "./scopes.ts";
import type { Written } from "./state.ts";
import { matches, type TagExpression } from "./tag-expression.ts";

/** @param order the scopes as they are searched */
export function unreachable({ sets, metadata }: Written, order: readonly ScopeName[]): readonly Finding[] {
  const at = order.indexOf("contextSets");
  const [first] = sets;
  if (first === undefined) return [];
  if (at < 0) return [about(first, "context sets are not searched at all, as the order of scopes does not name them")];
  const barred = (set: ContextSet): Finding[] =>
    [...set.values].flatMap(([name, { origin }]) => {
      const final = metadata.get(name)?.final;
      if (final === undefined || order.indexOf(final.scope) <= at) return [];
      return [neverCounts(origin, name, `final: ${final.scope} at ${placeOf(final.origin)} bars context sets`)];
    });
  const fitting = sets.filter((set) => canFit(set.expression));
  const hopeless = sets.filter((set) => !fitting.includes(set));
  return [
    ...hopeless.map((set) => about(set, `withTags ${quoted(set.withTags)} contradicts itself and fits nobody`)),
    ...fitting.filter(saysNothing).map((set) => about(set, "has neither values nor addTags")),
    ...behindOthers(fitting),
    ...fitting.flatMap(barred),
  ];
}

const saysNothing = ({ values, addTags }: ContextSet): boolean => values.size === 0 && addTags.length === 0;

const about = ({ file, line, name }: ContextSet, says: string): Finding =>
  findingAt({ from: "file", file, line }, `context set ${printable(name)}: ${says}`);

const neverCounts = (origin: Origin, name: string, why: string): Finding =>
  findingAt(origin, `${printable(name)} never counts here: ${why}`, name);

/** Beyond it nothing is claimed: each further tag doubles the work. */
const maxTagsTried = 12;

/** False: no set of tags fits, which is tried out. */
function canFit(expression: TagExpression): boolean {
  const tags = [...tagsOf(expression)];
  if (tags.length > maxTagsTried) return true;
  for (let chosen = 0; chosen < 2 ** tags.length; chosen++) {
    if (matches(expression, new Set(tags.filter((_, index) => (chosen >> index) & 1)))) return true;
  }
  return false;
}

function tagsOf(expression: TagExpression): ReadonlySet<string> {
  if (expression.kind === "tag") return new Set([expression.tag]);
  const operands = expression.kind === "not" ? [expression.operand] : expression.operands;
  return new Set(operands.flatMap((operand) => [...tagsOf(operand)]));
}

/** A value and all that must hold for its set to fit. */
interface Guarded {
  readonly set: ContextSet;
  readonly conditions: ReadonlySet<string>;
}

/** Per name: an earlier set with some of the later one's conditions, and no other, fits whenever the later one does. */
function behindOthers(sets: readonly ContextSet[]): Finding[] {
  const findings: Finding[] = [];
  // By the name and one condition, so that not each set is compared with each.
  const earlier = new Map<string, Guarded[]>();
  for (const set of sets) {
    const conditions = conditionsOf(set.expression);
    const hidden: Hidden[] = [];
    for (const [name, { origin }] of set.values) {
      const before = [...conditions].flatMap((condition) => earlier.get(`${name}\0${condition}`) ?? []);
      const by = before.find((other) => [...other.conditions].every((condition) => conditions.has(condition)))?.set;
      if (by !== undefined) hidden.push({ name, origin, by });
      const [key = ""] = conditions;
      const kept = earlier.get(`${name}\0${key}`);
      if (kept === undefined) earlier.set(`${name}\0${key}`, [{ set, conditions }]);
      else kept.push({ set, conditions });
    }
    findings.push(...hiddenIn(set, hidden));
  }
  return findings;
}

interface Hidden {
  readonly name: string;
  readonly origin: Origin;
  /** The set that comes first. */
  readonly by: ContextSet;
}

function hiddenIn(set: ContextSet, hidden: readonly Hidden[]): Finding[] {
  const others = new Set(hidden.map(({ by }) => by));
  const [other] = others;
  const isWhole = hidden.length === set.values.size && set.addTags.length === 0;
  if (isWhole && other !== undefined && others.size === 1)
    return [about(set, `never counts: ${named(other)} has all its names, comes first and fits whenever this one does`)];
  return hidden.map(({ name, origin, by }) =>
    neverCounts(origin, name, `${named(by)} comes first and fits whenever this one does`),
  );
}

const named = ({ name, file, line }: ContextSet): string => `context set ${printable(name)} at ${file}:${line}`;

const conditionsOf = (expression: TagExpression): ReadonlySet<string> =>
  new Set(expression.kind === "and" ? expression.operands.map(canonical) : [canonical(expression)]);

/** The same text for expressions that differ in order, repetitions and double negations alone. */
function canonical(expression: TagExpression): string {
  if (expression.kind === "tag") return expression.tag;
  if (expression.kind === "not") {
    const { operand } = expression;
    return operand.kind === "not" ? canonical(operand.operand) : `!${canonical(operand)}`;
  }
  const operands = [...new Set(expression.operands.map(canonical))].sort();
  return `(${operands.join(expression.kind === "and" ? "&" : "|")})`;
}
