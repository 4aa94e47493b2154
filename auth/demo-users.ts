/** The users of the stand-alone product while no directory file is set. Their password is known to everybody. */

import type { ListedDirectory } from "./directory-file.ts";

/** As shown on the start-up line and on the playground page. */
export const demoLogins = [
  { login: "anton", password: "secret" },
  { login: "berta", password: "secret" },
] as const;

/** Both say `secret`; cheap to check, as there is nothing to protect. */
const hashes = {
  anton: "$scrypt$ln=12,r=8,p=1$8SC65z0BftdTu1f6p12/Qg$ne8Dc1JvIfw12PX/7l8bF+kHjfm6ZoHuhB8oUUyJKU8",
  berta: "$scrypt$ln=12,r=8,p=1$4VZj7E0z+O7K2FzwticfCQ$BRrB/FYDz3AIOx6zDM8nr6g3VvngK74j/5Do3HePZ2M",
} as const;

export function demoDirectory(): ListedDirectory {
  return {
    contexts: [
      {
        ...{ id: 1, name: "demo-context", enabled: true, attributes: new Map() },
        users: [demoUser(3, "anton"), demoUser(4, "berta")],
      },
    ],
  };
}

function demoUser(id: number, login: keyof typeof hashes): ListedDirectory["contexts"][number]["users"][number] {
  return {
    id,
    login,
    password: hashes[login],
    locale: "en_US",
    enabled: true,
    guest: false,
    multifactor: false,
    capabilities: ["webmail", "calendar"],
    permissions: [],
    attributes: new Map(),
  };
}
