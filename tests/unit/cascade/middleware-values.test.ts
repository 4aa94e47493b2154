/** The middleware's answers before the settings here: what they change, and what they leave alone. */
import { expect, test } from "@jest/globals";
import { enabled, fixed, limit, load, rate, anton, berta } from "./loaded.ts";

const files = {
  "a.properties": `${rate.name} = 1\n${enabled.name} = true\n${fixed.name} = 7`,
  "contextSets/a.yml": `set:\n  withTags: "1"\n  ${rate.name}: 2\n`,
};

async function behind(answers: Readonly<Record<string, string>>) {
  const loaded = await load(files);
  const said: string[] = [];
  const values = {
    lookUp: (name: string, user: { readonly userId: number }) =>
      user.userId === anton.userId ? answers[name] : undefined,
  };
  loaded.settings.useMiddleware(values, ({ message }) => said.push(message));
  return { ...loaded, said };
}

test("what the middleware defines wins for that user alone, an empty text too", async () => {
  const { settings } = await behind({ [rate.name]: "9", [enabled.name]: "" });
  expect([settings.readFor(rate, anton), settings.readFor(enabled, anton)]).toEqual([9, false]);
  expect([settings.readFor(rate, berta), settings.readFor(enabled, berta)]).toEqual([2, true]);
  expect(settings.read(rate)).toBe(1);
});

test("it shadows what is written here, and says so", async () => {
  const { settings } = await behind({ [rate.name]: "9" });
  const { value, shadowed } = settings.resolve(rate.name, anton);
  expect(value).toEqual({ text: "9", scope: "middleware", origin: { from: "middleware" } });
  expect(shadowed.map(({ scope, text }) => [scope, text])).toEqual([
    ["contextSets", "2"],
    ["server", "1"],
  ]);
  expect(settings.resolve(rate.name, berta).value?.scope).toBe("contextSets");
  expect(settings.resolve(rate.name).value?.scope).toBe("server");
});

test("a name that only the middleware defines is a name of the user", async () => {
  const { settings } = await behind({ [limit.name]: "4" });
  expect(settings.names(anton).has(limit.name)).toBe(true);
  expect([settings.names(berta).has(limit.name), settings.names().has(limit.name)]).toEqual([false, false]);
  expect(settings.resolve(limit.name, anton).shadowed).toEqual([]);
});

test("a setting of the server alone is none of its business", async () => {
  const { settings } = await behind({ [fixed.name]: "9" });
  expect(settings.readFor(fixed, anton)).toBe(7);
  expect(settings.resolve(fixed.name, anton).value?.scope).toBe("server");
});

test("an odd value is warned about once, and one without a meaning is the default", async () => {
  const { settings, said } = await behind({ [enabled.name]: "yes", [limit.name]: "many" });
  for (let times = 0; times < 2; times += 1)
    expect([settings.readFor(enabled, anton), settings.readFor(limit, anton)]).toEqual([false, 8]);
  expect(said).toEqual([
    expect.stringMatching(/^middleware: com\.openexchange\.websockets\.enabled = "yes" is odd/),
    expect.stringMatching(/^middleware: com\.openexchange\.oxbow\.limit = "many" is not understood, so the default 8/),
  ]);
});

test("a reload leaves the answers in force", async () => {
  const { settings } = await behind({ [rate.name]: "9" });
  await settings.reload();
  expect(settings.readFor(rate, anton)).toBe(9);
});
