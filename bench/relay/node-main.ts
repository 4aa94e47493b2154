/** The process of one node: takes commands from its parent and answers them. It ends with its parent. */
import { commands } from "./node.ts";

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
