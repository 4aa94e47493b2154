/**
 * Reads `withTags` expressions of context sets, as the middleware groups them: `&` and `|` bind alike, plain tags group
 * to the right, and after a bracket or a negation grouping is to the left. What it would skip or fail on is refused.
 *
 *     expression = unit { operator unit }                    folded to the left
 *     unit       = tag operator unit | operand               hence to the right between plain tags
 *     operand    = tag | "!" operand | "(" expression ")"
 *
 * Pure; one pass, and what could nest is bounded, so that no input takes long or fills the stack.
 */

/** A read expression. A chain of one operator is one node, whose operands are of another kind. */
export type TagExpression =
  | { readonly kind: "tag"; readonly tag: string }
  | { readonly kind: "not"; readonly operand: TagExpression }
  | { readonly kind: Chain; readonly operands: readonly TagExpression[] };

type Chain = "and" | "or";

export type ReadExpression =
  | {
      readonly ok: true;
      readonly expression: TagExpression;
      /** True: `&` and `|` stand side by side without brackets, where the grouping may surprise. */
      readonly isMixed: boolean;
    }
  /** `at` is the character it is about, counted from 1; one after the last means the end. */
  | { readonly ok: false; readonly says: string; readonly at: number };

/** Brackets, negations and changes of operator in one expression: far beyond what people write. */
const maxGroups = 1_000;

/** Reads an expression. Never throws. */
export function readTagExpression(text: string): ReadExpression {
  const reader = new Reader(text);
  try {
    const expression = reader.whole();
    return { ok: true, expression, isMixed: reader.isMixed };
  } catch (fault) {
    if (fault instanceof Refusal) return { ok: false, says: fault.message, at: fault.at };
    throw fault;
  }
}

/** Whether the expression holds for these tags; they are case-sensitive. */
export function matches(expression: TagExpression, tags: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case "tag":
      return tags.has(expression.tag);
    case "not":
      return !matches(expression.operand, tags);
    case "and":
      return expression.operands.every((operand) => matches(operand, tags));
    case "or":
      return expression.operands.some((operand) => matches(operand, tags));
  }
}

/** Writes an expression with all brackets that it needs to be read the same by anybody. */
export function printTagExpression(expression: TagExpression): string {
  switch (expression.kind) {
    case "tag":
      return expression.tag;
    case "not":
      return `!${printOperand(expression.operand)}`;
    case "and":
      return expression.operands.map(printOperand).join(" & ");
    case "or":
      return expression.operands.map(printOperand).join(" | ");
  }
}

const printOperand = (operand: TagExpression): string =>
  operand.kind === "and" || operand.kind === "or" ? `(${printTagExpression(operand)})` : printTagExpression(operand);

/** Leaves the reader with what is wrong; caught where reading began. */
class Refusal extends Error {
  readonly at: number;
  constructor(says: string, at: number) {
    super(says);
    this.at = at;
  }
}

interface Token {
  readonly text: string;
  /** Counted from 1. */
  readonly at: number;
}

const chainOf = (token: Token | undefined): Chain | undefined =>
  token?.text === "&" ? "and" : token?.text === "|" ? "or" : undefined;

const isTag = (token: Token | undefined): boolean => token !== undefined && !/^[&|!()]$/.test(token.text);

/** One operator and what stands beside it, on the side that grouping goes to. */
interface Step {
  readonly chain: Chain;
  readonly operand: TagExpression;
}

/** Steps of one operator side by side. */
interface Run {
  readonly chain: Chain;
  readonly operands: TagExpression[];
}

function runsOf(steps: readonly Step[]): readonly Run[] {
  const runs: Run[] = [];
  for (const { chain, operand } of steps) {
    const last = runs.at(-1);
    if (last?.chain === chain) last.operands.push(operand);
    else runs.push({ chain, operands: [operand] });
  }
  return runs;
}

class Reader {
  isMixed = false;
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #next = 0;
  #groups = 0;

  constructor(text: string) {
    this.#tokens = [...text.matchAll(/[&|!()]|[^\s&|!()]+/g)].map(({ 0: token, index }) => ({
      text: token,
      at: index + 1,
    }));
    this.#end = text.length + 1;
  }

  whole(): TagExpression {
    const expression = this.#expression();
    const rest = this.#tokens[this.#next];
    if (rest?.text === ")") throw new Refusal("this bracket was never opened", rest.at);
    if (rest !== undefined) throw new Refusal("an operator (& or |) is missing before this", rest.at);
    return expression;
  }

  #expression(): TagExpression {
    const chains = new Set<Chain>();
    const first = this.#unit(chains);
    const steps: Step[] = [];
    for (let chain = this.#chain(); chain !== undefined; chain = this.#chain()) {
      chains.add(chain);
      steps.push({ chain, operand: this.#unit(chains) });
    }
    this.isMixed ||= chains.size > 1;
    return this.#joined(first, runsOf(steps), (soFar, operands) => [soFar, ...operands]);
  }

  /** Rows of plain tags may be long, so they are read in a loop and not by recursion. */
  #unit(chains: Set<Chain>): TagExpression {
    const steps: Step[] = [];
    for (;;) {
      const isPlain = isTag(this.#tokens[this.#next]);
      const operand = this.#operand();
      const chain = isPlain ? this.#chain() : undefined;
      if (chain === undefined)
        return this.#joined(operand, runsOf(steps.reverse()), (soFar, operands) => [...operands.reverse(), soFar]);
      chains.add(chain);
      steps.push({ chain, operand });
    }
  }

  /** The operator that stands next, if one does, taken. */
  #chain(): Chain | undefined {
    const chain = chainOf(this.#tokens[this.#next]);
    if (chain !== undefined) this.#next++;
    return chain;
  }

  #operand(): TagExpression {
    const token = this.#tokens[this.#next];
    if (token === undefined || token.text === ")" || chainOf(token) !== undefined) throw this.#missingTag();
    this.#next++;
    if (isTag(token)) return { kind: "tag", tag: token.text };
    this.#count(token.at);
    if (token.text === "!") return { kind: "not", operand: this.#operand() };
    const inner = this.#expression();
    const end = this.#tokens[this.#next];
    if (end === undefined) throw new Refusal("this bracket is never closed", token.at);
    if (end.text !== ")") throw new Refusal("an operator (& or |) is missing before this", end.at);
    this.#next++;
    return inner;
  }

  #missingTag(): Refusal {
    const before = this.#tokens[this.#next - 1];
    if (before !== undefined) return new Refusal(`a tag is missing after this ${before.text}`, before.at);
    return new Refusal("a tag is missing", this.#tokens[0]?.at ?? this.#end);
  }

  #joined(
    first: TagExpression,
    runs: readonly Run[],
    inOrder: (soFar: TagExpression, operands: TagExpression[]) => TagExpression[],
  ): TagExpression {
    return runs.reduce((soFar, { chain, operands }) => {
      this.#count(this.#tokens[this.#next - 1]?.at ?? this.#end);
      const all = inOrder(soFar, operands);
      return { kind: chain, operands: all.flatMap((one) => (one.kind === chain ? one.operands : [one])) };
    }, first);
  }

  #count(at: number): void {
    this.#groups++;
    if (this.#groups > maxGroups)
      throw new Refusal(`more than ${maxGroups} brackets, negations and changes of operator`, at);
  }
}
