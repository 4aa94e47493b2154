/** Is what everybody has the password of offered to other machines? */
import type { Settings } from "../cascade/index.ts";
import { publicAddress } from "./listeners.ts";
import * as login from "./settings/login.ts";
import { sessionSource } from "./settings/middleware.ts";
import * as push from "./settings/push.ts";

/** The credentials of the bundled `etc/`. */
const demoRest = { login: "rest", password: "rest" };

/** Why not, when demo users or the demo's REST credentials would be reachable beyond loopback and nobody said that they may. */
export function sharesTheDemo(settings: Pick<Settings, "read">): string | undefined {
  const { host } = publicAddress(settings);
  if (isLoopback(host) || settings.read(login.demoBeyondLoopback)) return undefined;
  const shared = [
    settings.read(sessionSource) === "embedded" && settings.read(login.directoryFile) === undefined
      ? "the demo users (anton, berta; password: secret)"
      : undefined,
    settings.read(push.basicAuthLogin) === demoRest.login && settings.read(push.basicAuthPassword) === demoRest.password
      ? "the demo's REST credentials (rest/rest)"
      : undefined,
  ].filter((one) => one !== undefined);
  if (shared.length === 0) return undefined;
  return (
    `refused to listen on ${host}: everybody knows ${shared.join(" and ")}. ` +
    `Set ${login.directoryFile.name} and ${push.basicAuthLogin.name}/.password, listen on 127.0.0.1, ` +
    `or say ${login.demoBeyondLoopback.name}=true if that is what you want.`
  );
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
