/** `oxbow sockets list` and `oxbow sockets close`: the sockets of the whole cluster, by way of any of its nodes. */
import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { z } from "zod";
import { countAnswer, defaultPage, mostPerPage, socketsAnswer } from "../ops/admin/node-questions.ts";
import { socketFilterShape } from "../ops/admin/socket-filter.ts";
import type { SocketEntry } from "../ops/admin/socket-pages.ts";
import { complain, printJson } from "./command-line.ts";
import type { CommandLine } from "./command-line.ts";
import { exitCodes } from "./exit-codes.ts";
import { addNodeOptions, callNode, carryOut } from "./node-client.ts";
import type { NodeCall, NodeOptions } from "./node-client.ts";
import { table } from "./table.ts";

type FilterOptions = Readonly<Partial<Record<keyof typeof socketFilterShape, string>>>;
interface ListOptions extends NodeOptions, FilterOptions {
  readonly limit: number;
  readonly cursor?: string;
}
interface CloseOptions extends NodeOptions, FilterOptions {
  readonly all?: true;
  readonly yes?: true;
  readonly dryRun?: true;
}

const path = "/admin/v1/sockets";

export function declareSockets(program: Command, line: CommandLine): void {
  const sockets = program.command("sockets").description("open sockets of the whole cluster");
  const list = sockets.command("list").description("lists open sockets; exit code 1 when a node did not answer");
  addFilterOptions(addNodeOptions(list))
    .option("--limit <number>", "most sockets to list", readLimit, defaultPage)
    .option("--cursor <next>", "go on after an earlier list, which printed this")
    .action((options: ListOptions) => carryOut(line, () => listSockets(options, line)));
  const close = sockets
    .command("close")
    .description(
      "closes open sockets, by the transport only: the browsers come back by themselves; exit code 1 when a node did not answer",
    );
  addFilterOptions(addNodeOptions(close))
    .option("--all", "every socket, instead of a filter")
    .option("--dry-run", "only says how many would be closed")
    .option("--yes", "closes them; without it and without --dry-run nothing is done")
    .action((options: CloseOptions) => carryOut(line, () => closeSockets(options, line)));
}

/** The fields of the filter as options, checked here as the node checks them. */
function addFilterOptions(command: Command): Command {
  for (const [name, form] of Object.entries(socketFilterShape)) {
    const { title = "", description = "" } = form.meta() ?? {};
    command.option(`--${name} <${title}>`, description, (given: string) => {
      const read = form.safeParse(given);
      if (!read.success) throw new InvalidArgumentError(`It ${read.error.issues[0]?.message ?? "is wrong"}.`);
      return given;
    });
  }
  return command;
}

function readLimit(given: string): number {
  if (!/^[1-9]\d{0,8}$/.test(given)) throw new InvalidArgumentError("It must be a whole number from 1.");
  return Number(given);
}

const filterOf = (options: FilterOptions): Record<string, string> =>
  Object.fromEntries(Object.entries(options).filter(([name]) => name in socketFilterShape));

const completeness = { complete: z.boolean(), missing: z.array(z.string()) };
const pageAnswer = z.object({ ...socketsAnswer.shape, next: z.string().optional(), ...completeness });
const closeAnswer = z.object({ ...countAnswer.shape, dryRun: z.boolean(), ...completeness });
type Page = z.infer<typeof pageAnswer>;

async function listSockets(options: ListOptions, line: CommandLine): Promise<number> {
  const call = await callNode(options, line);
  const list = await gatherPages(call, options);
  if (options.json === true) printJson(line, list);
  else printList(list, line);
  return tellMissing(list, line);
}

/** As many pages as it takes; an incomplete one makes the whole list incomplete. */
async function gatherPages(call: NodeCall, options: ListOptions): Promise<Page> {
  const sockets: SocketEntry[] = [];
  const missing = new Set<string>();
  let complete = true;
  let next = options.cursor;
  for (;;) {
    const query = { ...filterOf(options), limit: String(Math.min(mostPerPage, options.limit - sockets.length)) };
    const page = await call("GET", path, next === undefined ? query : { ...query, cursor: next }, pageAnswer);
    sockets.push(...page.sockets);
    for (const node of page.missing) missing.add(node);
    complete &&= page.complete;
    next = page.next;
    if (next === undefined || sockets.length >= options.limit)
      return { sockets, total: page.total, ...(next === undefined ? {} : { next }), complete, missing: [...missing] };
  }
}

function printList({ sockets, total, next }: Page, line: CommandLine): void {
  const columns = [
    "context",
    "user",
    "session",
    "connection",
    "client",
    "address",
    "path",
    "protocol",
    "node",
    "since",
  ] as const;
  if (sockets.length > 0) line.output.write(table(columns, sockets));
  line.output.write(
    next === undefined ? `${total} sockets\n` : `${sockets.length} of ${total} sockets; more: --cursor ${next}\n`,
  );
}

async function closeSockets(options: CloseOptions, line: CommandLine): Promise<number> {
  const filter = filterOf(options);
  if ((options.yes === true) === (options.dryRun === true)) {
    complain(line, "say --dry-run to see how many would be closed, or --yes to close them");
    return exitCodes.wrongCall;
  }
  if (Object.keys(filter).length > 0 === (options.all === true)) {
    complain(line, "say which sockets (--context, --user, ...), or --all alone");
    return exitCodes.wrongCall;
  }
  const call = await callNode(options, line);
  const wish = {
    ...(options.all === true ? { all: "true" } : {}),
    ...(options.dryRun === true ? { dryRun: "true" } : {}),
  };
  const closed = await call("DELETE", path, { ...filter, ...wish }, closeAnswer);
  if (options.json === true) printJson(line, closed);
  else line.output.write(`${closed.count} sockets ${closed.dryRun ? "would be closed" : "closed"}\n`);
  return tellMissing(closed, line);
}

/** An answer that lacks something is told on the standard error, so that the rest can be worked with. */
function tellMissing({ complete, missing }: Pick<Page, "complete" | "missing">, line: CommandLine): number {
  if (complete) return exitCodes.fine;
  const which = missing.length === 0 ? "the cluster is not reached" : `no answer of node ${missing.join(", ")}`;
  complain(line, `this is not all: ${which}`);
  return exitCodes.problem;
}
