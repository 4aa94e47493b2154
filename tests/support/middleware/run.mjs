/**
 * `npm run middleware`: the stand-in middleware, oxbow behind it and a proxy in front of both, until Ctrl-C.
 * `npm run middleware -- alone [PORT]`: only the stand-in, by default at port 8010, for an oxbow and a proxy of one's own.
 */
import "../typescript.mjs";
import { setUp } from "../../../server/set-up/set-up.mjs";

const say = (line) => console.error(`oxbow: ${line}`);

const [mode, port = "8010", ...rest] = process.argv.slice(2);
if (![undefined, "alone"].includes(mode) || !/^\d{1,5}$/.test(port) || rest.length > 0) {
  say("usage: npm run middleware [-- alone [PORT]]");
  process.exit(2);
}
const told = new Promise((resolve) => process.on("SIGINT", resolve).on("SIGTERM", resolve).on("SIGHUP", resolve));
await setUp({ say });
const local = await import("../local-middleware.ts");
const running = mode === "alone" ? await local.startStandInByHand(Number(port)) : await local.startLocalMiddleware();
console.log(mode === "alone" ? local.whatElseToStart(running) : local.whatToTry(running));
await told;
say("stopping");
await running.stop();
process.exit(0);
