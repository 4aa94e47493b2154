import { describe, expect, test } from "@jest/globals";
import { readDirectory } from "../../../auth/directory-file.ts";
import { changeBetween, directoryState, type DirectoryState } from "../../../auth/directory-state.ts";

const hash = (letter: string): string => `$scrypt$ln=12,r=8,p=1$MDEyMzQ1Njc4OWFiY2RlZg$${letter.repeat(43)}`;

interface Listed {
  readonly defaultContext?: number;
  readonly contexts: readonly { id: number; name: string; enabled?: boolean; users?: readonly object[] }[];
}
const state = (listed: Listed): DirectoryState => {
  const read = readDirectory(JSON.stringify(listed));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return directoryState(read.directory);
};
const anton = { id: 3, login: "anton", password: hash("A") };
const berta = { id: 4, login: "berta", password: hash("B") };

describe("a login name", () => {
  const directory = state({
    defaultContext: 7,
    contexts: [
      { id: 1, name: "first", users: [anton] },
      { id: 7, name: "second.example", users: [{ ...anton, id: 5 }] },
    ],
  });
  test.each([
    { name: "with a context's name is looked for there", login: "anton@first", found: [1, 3] },
    { name: "with a context's id is looked for there", login: "anton@1", found: [1, 3] },
    { name: "with a dotted context name is looked for there", login: "anton@second.example", found: [7, 5] },
    { name: "without a context belongs to the default one", login: "anton", found: [7, 5] },
    { name: "with an unknown context is nobody's", login: "anton@third", found: undefined },
    { name: "with nothing behind the @ is nobody's", login: "anton@", found: undefined },
    { name: "with nothing before the @ is nobody's", login: "@first", found: undefined },
    { name: "in other letters is another one", login: "Anton@first", found: undefined },
    { name: "that JavaScript objects know by themselves is nobody's", login: "__proto__", found: undefined },
  ])("$name", ({ login, found }) => {
    const user = directory.byLogin(login)?.user;
    expect(user && [user.contextId, user.id]).toEqual(found);
  });

  test("without a context belongs to the first one where no default is named", () => {
    const user = state({ contexts: [{ id: 9, name: "only", users: [anton] }] }).byLogin("anton")?.user;
    expect(user?.contextId).toBe(9);
  });
});

describe("between two states", () => {
  const contexts = (users: readonly object[], enabled = true): Listed => ({
    contexts: [{ id: 1, name: "first", enabled, users }],
  });
  const none = { disabledContexts: [], disabledUsers: [], changedPasswords: [] };
  const antonRef = { contextId: 1, userId: 3 };
  const before = contexts([anton, berta]);
  test.each([
    { name: "nothing changed", after: before, change: none },
    {
      name: "a new user takes nothing from anybody",
      after: contexts([anton, berta, { ...anton, id: 9, login: "c" }]),
      change: none,
    },
    {
      name: "a disabled user loses the sessions",
      after: contexts([{ ...anton, enabled: false }, berta]),
      change: { ...none, disabledUsers: [antonRef] },
    },
    {
      name: "a user who is gone loses the sessions",
      after: contexts([berta]),
      change: { ...none, disabledUsers: [antonRef] },
    },
    {
      name: "a user with another password loses the sessions",
      after: contexts([{ ...anton, password: hash("C") }, berta]),
      change: { ...none, changedPasswords: [antonRef] },
    },
    {
      name: "a disabled context loses its sessions",
      after: contexts([anton, berta], false),
      change: { ...none, disabledContexts: [1] },
    },
    {
      name: "a context that is gone loses its sessions, and so do its users",
      after: { contexts: [{ id: 2, name: "second", users: [anton] }] },
      change: { ...none, disabledContexts: [1], disabledUsers: [antonRef, { contextId: 1, userId: 4 }] },
    },
  ])("$name", ({ after, change }) => {
    expect(changeBetween(state(before), state(after))).toEqual(change);
  });

  test("who was disabled before and is enabled now loses nothing", () => {
    const off = state(contexts([{ ...anton, enabled: false }, berta], false));
    expect(changeBetween(off, state(before))).toEqual(none);
  });
});
