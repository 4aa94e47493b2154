/** An installation of the size that the benchmark is about: ten thousand users' values and a thousand context sets. */
import { parsePasswordHash } from "../../auth/password.ts";

export const contexts = 100;
export const usersPerContext = 100;
export const contextSets = 1_000;
/** Cheap to check: what a log-in costs is not measured here. */
const password = "$scrypt$ln=12,r=8,p=1$8SC65z0BftdTu1f6p12/Qg$ne8Dc1JvIfw12PX/7l8bF+kHjfm6ZoHuhB8oUUyJKU8";
export const plainPassword = "secret";

export const loginOf = (context: number, user: number): string => `user${user}@context${context}`;

/** @param turn differs from reload to reload, so that every value changes */
export function directoryYaml(turn: number): string {
  if (parsePasswordHash(password) === undefined) throw new Error("the password of the benchmark is no scrypt string");
  const user = (id: number): string => `      - id: ${id}
        login: user${id}
        password: "${password}"
        permissions: [Task, Infostore]
        attributes:
          config/com.openexchange.oxbow.maxSocketsPerUser: "${1_000 + turn}"
`;
  const users = Array.from({ length: usersPerContext }, (_, at) => user(at + 1)).join("");
  const context = (id: number): string => `  - id: ${id}
    name: context${id}
    attributes: { taxonomy/types: "tier${id % 10}" }
    users:
${users}`;
  return `contexts:\n${Array.from({ length: contexts }, (_, at) => context(at + 1)).join("")}`;
}

/** A third of them fits each user, some add tags, and all give the switch that every handshake asks for. @param turn in words that differ, so that every socket is looked at */
export function contextSetsYaml(turn: number): string {
  const set = (at: number): string => `set${at}:
  withTags: (tier${at % 10} | context${at % contexts}) & ucTask & !retired${at}
  ${at % 50 === 0 ? `addTags: added${at}` : `some.setting.${at % 20}: "${turn}"`}
  com.openexchange.websockets.enabled: "${turn % 2 === 0 ? "true" : "TRUE"}"
`;
  return Array.from({ length: contextSets }, (_, at) => set(at)).join("");
}
