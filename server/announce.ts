/** What a newcomer and an operator read when the server is up. */
import type { PackageStatus, Settings } from "../cascade/index.ts";
import { demoLogins } from "../auth/index.ts";
import type { Logger } from "./ops/log.ts";
import { websocketPackage } from "./websocket-package.ts";
import { directoryFile } from "./settings/login.ts";
import { basicAuthLogin, basicAuthPassword } from "./settings/push.ts";

export interface Announcement {
  readonly url: string;
  readonly internalUrl: string;
  readonly settings: Pick<Settings, "read">;
  readonly packageStatus: PackageStatus;
  /** Whether the demo users are those that exist; undefined where users are the middleware's. */
  readonly demo: boolean | undefined;
}

export function announce(log: Logger, { url, internalUrl, settings, packageStatus, demo }: Announcement): void {
  log.info(
    { event: "listening", url, internalUrl },
    `oxbow is up: ${url}/${demo === undefined ? "" : " (page)"}, ${internalUrl}/health (internal)`,
  );
  if (!packageStatus.enabled) log.warn(`/socket.io is not served: ${websocketPackage} is ${packageStatus.reason}`);
  if (demo === true) {
    const users = demoLogins.map(({ login, password }) => `${login}/${password}`).join(", ");
    log.warn(`running with demo users: ${users}. Set ${directoryFile.name} to a file of your own (docs/directory.md)`);
  }
  if (settings.read(basicAuthLogin) === "" || settings.read(basicAuthPassword) === "")
    log.warn(`${basicAuthLogin.name} or .password is empty: nobody can hand in pushes, those routes answer 401`);
  log.info("to configure it: npm start -- --config DIR, or --set NAME=VALUE; all names are in docs/settings.md");
}
