import { expect, test } from "@jest/globals";
import { readDirectory, type DirectoryProblem, type ListedDirectory } from "../../../auth/directory-file.ts";

const hash = "$scrypt$ln=12,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

const read = (text: string): ListedDirectory => {
  const outcome = readDirectory(text);
  if (!outcome.ok) throw new Error(JSON.stringify(outcome.problems));
  return outcome.directory;
};
const problems = (text: string): readonly DirectoryProblem[] => {
  const outcome = readDirectory(text);
  return outcome.ok ? [] : outcome.problems;
};

const user = (fields: string): string =>
  `contexts:\n  - id: 1\n    name: example\n    users:\n      - id: 3\n        login: anton\n        ${fields}\n`;

test("what a user leaves out has its documented default", () => {
  const { contexts, defaultContext } = read(user(`password: ${hash}`));
  expect(defaultContext).toBeUndefined();
  expect(contexts[0]?.enabled).toBe(true);
  expect(contexts[0]?.users[0]).toMatchObject({
    id: 3,
    login: "anton",
    locale: "en_US",
    enabled: true,
    guest: false,
    multifactor: false,
    capabilities: ["webmail", "calendar"],
    permissions: [],
    attributes: new Map(),
  });
});

test("attributes are texts with their lines, however YAML writes them", () => {
  const { contexts } = read(
    user(
      [
        `password: ${hash}`,
        "permissions: [Task]",
        "attributes:",
        "  config/a.b: true",
        "  config/c: 7",
        '  config/d: "x;y"',
        "  ajax.maxCount: 3",
      ].join("\n        "),
    ).replace("    users:", "    attributes: { taxonomy/types: 'a,b', config/e: '' }\n    users:"),
  );
  expect(contexts[0]?.attributes).toEqual(
    new Map([
      ["taxonomy/types", { text: "a,b", line: 4 }],
      ["config/e", { text: "", line: 4 }],
    ]),
  );
  expect(contexts[0]?.users[0]?.permissions).toEqual(["Task"]);
  expect(contexts[0]?.users[0]?.attributes).toEqual(
    new Map([
      ["config/a.b", { text: "true", line: 11 }],
      ["config/c", { text: "7", line: 12 }],
      ["config/d", { text: "x;y", line: 13 }],
      ["ajax.maxCount", { text: "3", line: 14 }],
    ]),
  );
});

test("all fields are taken, and JSON serves as well as YAML", () => {
  const listed = {
    defaultContext: 7,
    contexts: [
      { id: 1, name: "first", enabled: false, users: [] },
      {
        id: 7,
        name: "seventh",
        users: [
          {
            id: 3,
            login: "Ms Antonia",
            password: hash,
            locale: "de_DE",
            enabled: false,
            guest: true,
            multifactor: true,
            capabilities: ["drive"],
            permissions: ["Task"],
          },
        ],
      },
    ],
  };
  const directory = read(JSON.stringify(listed));
  expect(directory.defaultContext).toBe(7);
  expect(directory.contexts[0]).toMatchObject({ enabled: false, users: [] });
  const { password, attributes, ...fields } = directory.contexts[1]?.users[0] ?? {};
  expect(password).toBe(hash);
  expect(attributes).toEqual(new Map());
  expect({ ...fields, password: hash }).toEqual(listed.contexts[1]?.users[0]);
});

test.each([
  { name: "an empty file", text: "", line: undefined, path: "", says: /expected object/ },
  { name: "a file without contexts", text: "contexts: []", line: 1, path: "contexts", says: />=1 items/ },
  { name: "broken YAML", text: "contexts:\n  - id: 1\n  name: x", line: 3, path: "", says: /is no sound YAML/ },
  { name: "the same key twice", text: "contexts: []\ncontexts: []", line: 2, path: "", says: /DUPLICATE_KEY/ },
  { name: "an alias that leads nowhere", text: "contexts: *x", line: undefined, path: "", says: /aliases/ },
  {
    name: "a missing password",
    text: user("locale: en_US"),
    line: 5,
    path: "contexts[0].users[0].password",
    says: /string/,
  },
  {
    name: "a plain password",
    text: user("password: hunter2"),
    line: 7,
    path: "contexts[0].users[0].password",
    says: /scrypt string/,
  },
  {
    name: "a misspelt field",
    text: user(`password: ${hash}\n        enabeld: false`),
    line: 8,
    path: "contexts[0].users[0].enabeld",
    says: /not a field/,
  },
  {
    name: "a switch that is a text",
    text: user(`password: ${hash}\n        enabled: "no"`),
    line: 8,
    path: "contexts[0].users[0].enabled",
    says: /boolean/,
  },
  {
    name: "the web socket capability",
    text: user(`password: ${hash}\n        capabilities: [webmail, websocket]`),
    line: 8,
    path: "contexts[0].users[0].capabilities[1]",
    says: /settings/,
  },
  {
    name: "a locale of another form",
    text: user(`password: ${hash}\n        locale: english`),
    line: 8,
    path: "contexts[0].users[0].locale",
    says: /en_US/,
  },
  {
    name: "an attribute that is no setting's value",
    text: user(`password: ${hash}\n        attributes: { conf/x: "1" }`),
    line: 8,
    path: "contexts[0].users[0].attributes.conf/x",
    says: /config\/NAME/,
  },
  {
    name: "a taxonomy of a user",
    text: user(`password: ${hash}\n        attributes: { taxonomy/types: gold }`),
    line: 8,
    path: "contexts[0].users[0].attributes.taxonomy/types",
    says: /config\/NAME/,
  },
  {
    name: "an attribute that is a list",
    text: user(`password: ${hash}\n        attributes: { config/x: [1] }`),
    line: 8,
    path: "contexts[0].users[0].attributes.config/x",
    says: /must be a text/,
  },
  {
    name: "a permission written like its tag",
    text: user(`password: ${hash}\n        permissions: [ucTask]`),
    line: 8,
    path: "contexts[0].users[0].permissions[0]",
    says: /without `uc`/,
  },
  {
    name: "a login name with an @",
    text: user(`password: ${hash}`).replace("anton", '"anton@example"'),
    line: 6,
    path: "contexts[0].users[0].login",
    says: /without @/,
  },
  {
    name: "a user id of zero",
    text: user(`password: ${hash}`).replace("id: 3", "id: 0"),
    line: 5,
    path: "contexts[0].users[0].id",
    says: />=1/,
  },
  {
    name: "a context whose name is a number",
    text: 'contexts:\n  - id: 1\n    name: "7"',
    line: 3,
    path: "contexts[0].name",
    says: /another context's id/,
  },
  {
    name: "a default context that is not there",
    text: "defaultContext: 2\ncontexts:\n  - id: 1\n    name: first",
    line: 1,
    path: "defaultContext",
    says: /not in this file/,
  },
  {
    name: "a context id given twice",
    text: "contexts:\n  - id: 1\n    name: first\n  - id: 1\n    name: second",
    line: 4,
    path: "contexts[1].id",
    says: /same as of contexts\[0\]/,
  },
  {
    name: "a context name given twice",
    text: "contexts:\n  - id: 1\n    name: first\n  - id: 2\n    name: first",
    line: 5,
    path: "contexts[1].name",
    says: /same as of contexts\[0\]/,
  },
  {
    name: "a login name given twice in one context",
    text: user(`password: ${hash}\n      - { id: 4, login: anton, password: "${hash}" }`),
    line: 8,
    path: "contexts[0].users[1].login",
    says: /same as of contexts\[0\].users\[0\]/,
  },
  {
    name: "a user id given twice in one context",
    text: user(`password: ${hash}\n      - { id: 3, login: berta, password: "${hash}" }`),
    line: 8,
    path: "contexts[0].users[1].id",
    says: /same as of contexts\[0\].users\[0\]/,
  },
])("$name is refused with line and path", ({ text, line, path, says }) => {
  const [problem, ...others] = problems(text);
  expect(others).toEqual([]);
  expect(problem?.path).toBe(path);
  expect(problem?.line).toBe(line);
  expect(problem?.says).toMatch(says);
});

test("all that is wrong is said at once", () => {
  expect(
    problems("contexts:\n  - id: one\n    name: first\n  - id: 2\n    nam: second").map(({ path }) => path),
  ).toEqual(["contexts[0].id", "contexts[1].name", "contexts[1].nam"]);
});

test("the same ids and names in different contexts are nothing wrong", () => {
  const one = (id: number): string =>
    `  - id: ${id}\n    name: c${id}\n    users: [{id: 3, login: anton, password: "${hash}"}]\n`;
  expect(problems(`contexts:\n${one(1)}${one(2)}`)).toEqual([]);
});

test("nothing that is wrong is repeated, as it may be a password", () => {
  const text = `${user("password: Hunter2-Geheim")}        Hunter2-Geheim: [`;
  for (const one of [text, user("password: Hunter2-Geheim"), user("password: 4711\n        locale: Hunter2-Geheim")]) {
    expect(problems(one).length).toBeGreaterThan(0);
    expect(JSON.stringify(problems(one))).not.toContain("Hunter2-Geheim");
  }
});

test("aliases that multiply are refused instead of filling the memory", () => {
  const levels = Array.from(
    { length: 9 },
    (_, at) => `l${at + 1}: &l${at + 1} [${Array(9).fill(`*l${at}`).join(", ")}]`,
  );
  const text = `l0: &l0 [x]\n${levels.join("\n")}\ncontexts: *l9`;
  expect(problems(text)).toEqual([{ path: "", says: expect.stringContaining("aliases") }]);
});
