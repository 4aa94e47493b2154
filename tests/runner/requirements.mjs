// @ts-check
/** What tiers need besides the npm packages: is it there, and how to get it. Only what the asked tiers need. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath, URL } from "node:url";
import { runCommand } from "../../server/set-up/command.mjs";
import { oneAtATime } from "../../server/set-up/one-at-a-time.mjs";
import { setUp } from "../../server/set-up/set-up.mjs";
import { hazelcastJar, hazelcastVersion, mavenRepository } from "../support/hazelcast-jar.mjs";
import { installDebianPackages, mayInstall } from "./debian.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * @typedef {object} Program
 * @property {string} name
 * @property {() => boolean} isPresent
 * @property {readonly string[]} debian packages that bring it
 */

/** @type {Record<string, Program>} */
const programs = {
  java: { name: "Java 17 or newer", isPresent: () => isOnPath("java"), debian: ["default-jre-headless"] },
  maven: { name: "Maven", isPresent: () => isOnPath("mvn"), debian: ["maven"] },
  // Without a font a page has no text, and the tests measure texts.
  chromium: {
    name: "Chromium",
    isPresent: () => existsSync("/usr/bin/chromium"),
    debian: ["chromium", "fonts-liberation"],
  },
  redis: { name: "redis-server", isPresent: () => isOnPath("redis-server"), debian: ["redis-server"] },
  dovecot: {
    name: "Dovecot 2.3 with IMAP and LMTP",
    isPresent: () => ["/usr/sbin/dovecot", "/usr/lib/dovecot/imap", "/usr/lib/dovecot/lmtp"].every(existsSync),
    debian: ["dovecot-core", "dovecot-imapd", "dovecot-lmtpd"],
  },
};

/**
 * Sets up what the tiers need, and says which cannot run.
 * @param {readonly import("../tiers.mjs").Tier[]} tiers
 * @param {(line: string) => void} say
 * @returns {Promise<{ tier: string; requirement: string; how: string }[]>}
 */
export async function provide(tiers, say) {
  const needed = new Set(tiers.flatMap(({ needs }) => needs));
  /** @type {Map<string, { requirement: string; how: string }>} */
  const missing = new Map();
  await setUp({ say, needsBuild: false });
  if (needed.has("build")) {
    await setUp({ say }).catch((/** @type {Error} */ fault) => {
      missing.set("build", { requirement: "the build", how: fault.message });
    });
  }
  await oneAtATime(root, say, async () => {
    const wanted = [...needed].flatMap(programsFor).filter(({ isPresent }) => !isPresent());
    if (wanted.length > 0 && mayInstall())
      await installDebianPackages(
        wanted.flatMap(({ debian }) => debian),
        say,
      );
    if (needed.has("hazelcast") && !existsSync(hazelcastJar) && isOnPath("mvn")) await fetchHazelcast(say);
  });
  for (const need of needed) {
    const absent = programsFor(need).find(({ isPresent }) => !isPresent());
    if (absent !== undefined) missing.set(need, { requirement: absent.name, how: howToGet(absent) });
    else if (need === "hazelcast" && !existsSync(hazelcastJar)) {
      missing.set(need, { requirement: hazelcastJar, how: "Maven could not fetch it, see above" });
    }
  }
  return tiers.flatMap(({ name, needs }) => {
    const first = needs.map((need) => missing.get(need)).find((entry) => entry !== undefined);
    return first === undefined ? [] : [{ tier: name, ...first }];
  });
}

/**
 * @param {string} need
 * @returns {(Program)[]}
 */
function programsFor(need) {
  const names = need === "hazelcast" ? ["java", ...(existsSync(hazelcastJar) ? [] : ["maven"])] : [need];
  return names.flatMap((name) => programs[name] ?? []);
}

/** @param {Program} program */
function howToGet({ debian }) {
  const forbidden = process.env["OXBOW_TEST_INSTALL"] === "0" ? ", or leave out OXBOW_TEST_INSTALL=0" : "";
  return `install it (on Debian as root: apt-get install ${debian.join(" ")})${forbidden}`;
}

/** @param {(line: string) => void} say */
async function fetchHazelcast(say) {
  say(`fetching Hazelcast ${hazelcastVersion} into the local Maven repository (mvn dependency:get)`);
  const artifact = `com.hazelcast:hazelcast:${hazelcastVersion}`;
  await runCommand(
    "mvn",
    [
      "-B",
      "-q",
      "dependency:get",
      "-Dtransitive=false",
      `-Dartifact=${artifact}`,
      `-Dmaven.repo.local=${mavenRepository}`,
    ],
    { cwd: root, say, progress: (seconds) => `fetching Hazelcast, ${seconds} s` },
  );
}

/** @param {string} program */
function isOnPath(program) {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}
