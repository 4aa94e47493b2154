/** Refuses to offer to other machines what everybody has the password of. */
import type { Settings } from "../cascade/index.ts";
import { publicAddress } from "./listeners.ts";
import * as login from "./settings/login.ts";
import * as push from "./settings/push.ts";

/** A combination of settings that is refused at start. */
export class UnsafeSettings extends Error {
  readonly code = "OXB-0103";
}

/** The credentials of the bundled `etc/`. */
const demoRest = { login: "rest", password: "rest" };

/** @throws {UnsafeSettings} when demo users or the demo's REST credentials would be reachable beyond loopback and nobody said that they may */
export function refuseToShareTheDemo(settings: Pick<Settings, "read">): void {
  const { host } = publicAddress(settings);
  if (isLoopback(host) || settings.read(login.demoBeyondLoopback)) return;
  const shared = [
    settings.read(login.directoryFile) === undefined ? "the demo users (anton, berta; password: secret)" : undefined,
    settings.read(push.basicAuthLogin) === demoRest.login && settings.read(push.basicAuthPassword) === demoRest.password
      ? "the demo's REST credentials (rest/rest)"
      : undefined,
  ].filter((one) => one !== undefined);
  if (shared.length === 0) return;
  throw new UnsafeSettings(
    `refused to listen on ${host}: everybody knows ${shared.join(" and ")}. ` +
      `Set ${login.directoryFile.name} and ${push.basicAuthLogin.name}/.password, listen on 127.0.0.1, ` +
      `or say ${login.demoBeyondLoopback.name}=true if that is what you want.`,
  );
}

const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
