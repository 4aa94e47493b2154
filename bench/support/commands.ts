/** A child process that does what it is asked for: commands are plain functions, called across the process border. */
import { fork, type ChildProcess } from "node:child_process";
import { within } from "../../tests/support/wait-for.ts";

/** Everything a child can be asked for. Arguments and results cross a process border: plain data only. */
type Commands = Readonly<Record<string, (argument: never) => unknown>>;
type Argument<All extends Commands, Name extends keyof All> = Parameters<All[Name]>[0];
type Result<All extends Commands, Name extends keyof All> = Awaited<ReturnType<All[Name]>>;

export interface ChildWithCommands<All extends Commands> {
  call<Name extends keyof All & string>(
    name: Name,
    ...argument: undefined extends Argument<All, Name> ? [] : [Argument<All, Name>]
  ): Promise<Result<All, Name>>;
  /** SIGKILL. */
  kill(): void;
  /** Lets it end by itself, so that it can write a profile; kills it when it does not. */
  end(): Promise<void>;
}

const loaderUrl = new URL("../../tests/support/typescript.mjs", import.meta.url).href;
/** Longer than any single measurement. */
const answerWithinMs = 150_000;

/** @param modulePath a module that calls `serveCommands` @param what it is, for errors */
export function forkWithCommands<All extends Commands>(modulePath: string, what: string): ChildWithCommands<All> {
  const child = fork(modulePath, [], {
    execArgv: [...(process.env["BENCH_NODE_OPTIONS"]?.split(" ") ?? []), "--expose-gc", "--import", loaderUrl],
    serialization: "advanced",
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const kill = (): void => void child.kill("SIGKILL");
  const calls = createCalls(child, what);
  return {
    call: (name, ...[argument]) => within(`${what} answers to ${name}`, calls(name, argument), answerWithinMs),
    kill,
    end: async () => {
      if (child.connected) child.disconnect();
      await within(`${what} ends`, ended, 10_000).catch(kill);
    },
  };
}

/** In the child: takes commands from its parent and answers them. It ends with its parent. */
export function serveCommands(commands: Commands): void {
  const byName: ReadonlyMap<string, unknown> = new Map(Object.entries(commands));
  process.on("message", (message: { call: number; name: string; argument: unknown }) => {
    const command = byName.get(message.name);
    new Promise((resolve) => {
      if (typeof command !== "function") throw new Error(`no command ${message.name}`);
      resolve(Reflect.apply(command, commands, [message.argument]));
    }).then(
      (result) => process.send?.({ call: message.call, result }),
      (error: unknown) => process.send?.({ call: message.call, error: String(error) }),
    );
  });
  process.once("disconnect", () => process.exit());
}

/** Pairs questions and answers. Both ends are of one build, so the shape of an answer is known from its question. */
function createCalls(child: ChildProcess, what: string) {
  let last = 0;
  const open = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  child.on("message", (answer: { call: number; result: never; error?: string }) => {
    const waiting = open.get(answer.call);
    open.delete(answer.call);
    if (answer.error === undefined) waiting?.resolve(answer.result);
    else waiting?.reject(new Error(answer.error));
  });
  child.once("exit", () => {
    for (const { reject } of open.values()) reject(new Error(`${what} has ended`));
    open.clear();
  });
  return <T>(name: string, argument: unknown): Promise<T> =>
    new Promise((resolve, reject) => {
      const call = ++last;
      open.set(call, { resolve, reject });
      if (child.connected) child.send({ call, name, argument });
      else reject(new Error(`${what} has ended`));
    });
}
