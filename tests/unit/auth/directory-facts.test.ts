import { expect, test } from "@jest/globals";
import { factsDifference, factsOf, type DirectoryFacts } from "../../../auth/directory-facts.ts";
import { readDirectory } from "../../../auth/directory-file.ts";

const password = `$scrypt$ln=12,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$${"A".repeat(43)}`;

interface Listed {
  readonly id: number;
  readonly name: string;
  readonly attributes?: object;
  readonly users?: readonly {
    readonly id: number;
    readonly permissions?: readonly string[];
    readonly attributes?: object;
  }[];
}
const facts = (...contexts: readonly Listed[]): DirectoryFacts => {
  const listed = contexts.map(({ users = [], ...context }) => ({
    ...context,
    users: users.map((user) => ({ login: `user${user.id}`, password, ...user })),
  }));
  const read = readDirectory(JSON.stringify({ contexts: listed }));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return factsOf(read.directory);
};

const example: Listed = {
  id: 1,
  name: "first",
  attributes: { "taxonomy/types": "gold", "config/a": "1" },
  users: [{ id: 3, permissions: ["Task"], attributes: { "config/b": "2" } }],
};

test("a user is described together with the context, by one object", () => {
  const directory = facts(example);
  const member = directory.describe({ contextId: 1, userId: 3 });
  expect(member).toEqual({
    context: {
      id: 1,
      name: "first",
      attributes: new Map([
        ["taxonomy/types", { text: "gold", line: 1 }],
        ["config/a", { text: "1", line: 1 }],
      ]),
    },
    user: { permissions: ["Task"], attributes: new Map([["config/b", { text: "2", line: 1 }]]) },
  });
  expect(directory.describe({ contextId: 1, userId: 3 })).toBe(member);
  expect(directory.context(1)).toBe(member?.context);
  expect(directory.describe({ contextId: 1, userId: 4 })).toBeUndefined();
  expect(directory.describe({ contextId: 2, userId: 3 })).toBeUndefined();
});

test.each([
  { name: "nothing", changed: { ...example }, attributes: [], others: false },
  {
    name: "the order of attributes",
    changed: { ...example, attributes: { "config/a": "1", "taxonomy/types": "gold" } },
    attributes: [],
    others: false,
  },
  {
    name: "a context's attribute",
    changed: { ...example, attributes: { "config/a": "1" } },
    attributes: ["taxonomy/types"],
    others: false,
  },
  { name: "a context's name", changed: { ...example, name: "other" }, attributes: [], others: true },
  {
    name: "a user's attribute",
    changed: { ...example, users: [{ id: 3, permissions: ["Task"], attributes: { "config/b": "3", "config/c": "" } }] },
    attributes: ["config/b", "config/c"],
    others: false,
  },
  {
    name: "a user's permissions",
    changed: { ...example, users: [{ id: 3, attributes: { "config/b": "2" } }] },
    attributes: [],
    others: true,
  },
  { name: "a user who is gone", changed: { ...example, users: [] }, attributes: ["config/b"], others: true },
  {
    name: "a user with another id",
    changed: { ...example, users: [{ id: 4, permissions: ["Task"], attributes: { "config/b": "2" } }] },
    attributes: ["config/b"],
    others: true,
  },
])("what differs is told: $name", ({ changed, attributes, others }) => {
  const difference = factsDifference(facts(example), facts(changed));
  expect([...difference.attributes].sort()).toEqual(attributes);
  expect(difference.others).toBe(others);
});
