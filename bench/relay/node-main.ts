/** The process of one node. */
import { serveCommands } from "../support/commands.ts";
import { commands } from "./node.ts";

serveCommands(commands);
