// @ts-check
/**
 * The tiers of `npm test`, in the order in which they run: the quick ones first. The one place that says what a tier
 * is, what it needs and how long it may take; the README's table shows the same.
 */

/**
 * @typedef {object} Tier
 * @property {string} name also the name of its folder below `tests/`; `check` has none
 * @property {string} what in one sentence
 * @property {readonly ("build" | "hazelcast" | "chromium" | "dovecot" | "redis")[]} needs besides the npm packages
 * @property {number} budgetSeconds on two cores. Twice as long is warned about, six times as long is a failure
 * @property {boolean} [alone] true: one test file at a time, because the tests watch clocks or start heavy programs
 */

/** @type {readonly Tier[]} */
export const tiers = [
  { name: "check", what: "types of everything, lint, format", needs: ["build"], budgetSeconds: 90 },
  { name: "unit", what: "rules by themselves, and the arrows between folders", needs: [], budgetSeconds: 60 },
  { name: "contract", what: "one suite per port, run for each implementation in memory", needs: [], budgetSeconds: 60 },
  { name: "simulation", what: "thousands of seeded clusters in virtual time", needs: [], budgetSeconds: 90 },
  {
    name: "integration",
    what: "the server as a process or in one, with real clients of four generations",
    needs: ["build"],
    budgetSeconds: 150,
    alone: true,
  },
  {
    name: "cluster",
    what: "real Hazelcast members, killed, frozen and cut off",
    needs: ["build", "hazelcast", "chromium"],
    budgetSeconds: 300,
    alone: true,
  },
  {
    name: "browser",
    what: "the pages in real headless Chromium",
    needs: ["build", "chromium"],
    budgetSeconds: 90,
    alone: true,
  },
  {
    name: "mail",
    what: "new mail from a real Dovecot to a client, across nodes to a browser",
    needs: ["build", "dovecot", "hazelcast", "chromium"],
    budgetSeconds: 120,
    alone: true,
  },
];
