/** The process of many browsers. */
import { serveCommands } from "../support/commands.ts";
import { commands } from "./browsers.ts";

serveCommands(commands);
