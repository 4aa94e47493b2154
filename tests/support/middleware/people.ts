/** Contexts and users of the stand-in, and what may be wrong with them. */

export interface Context {
  readonly id: number;
  readonly name: string;
  exists: boolean;
  enabled: boolean;
}

export interface Person {
  readonly contextId: number;
  readonly userId: number;
  /** The user part of the login. */
  readonly name: string;
  readonly password: string;
  readonly guest: boolean;
  exists: boolean;
  /** False: mail is switched off for the user. */
  active: boolean;
  /** A second factor is asked for. */
  multifactor: boolean;
}

export interface People {
  context(contextId: number): Context | undefined;
  person(contextId: number, userId: number): Person | undefined;
  /** `USER`, `USER@CONTEXTNAME` or `USER@CONTEXTID`; without a context the first one. */
  byLogin(login: string): Person | undefined;
}

export type PersonSketch = Pick<Person, "contextId" | "userId" | "name" | "password"> & Partial<Person>;

/** The users that every stand-in starts with; the first two are also the product's demo users. */
const usual: readonly PersonSketch[] = [
  { contextId: 1, userId: 3, name: "anton", password: "secret" },
  { contextId: 1, userId: 4, name: "berta", password: "secret" },
  { contextId: 1, userId: 5, name: "gast", password: "secret", guest: true },
  { contextId: 2, userId: 3, name: "carla", password: "secret" },
];

/** @param further users besides the usual ones */
export function createPeople(further: readonly PersonSketch[] = []): People {
  const persons = [...usual, ...further].map((sketch): Person => ({
    guest: false,
    exists: true,
    active: true,
    multifactor: false,
    ...sketch,
  }));
  const contexts = new Map<number, Context>();
  for (const { contextId: id } of persons)
    contexts.set(id, { id, name: id === 1 ? "demo-context" : `context-${id}`, exists: true, enabled: true });
  const contextOf = (text: string | undefined): Context | undefined =>
    [...contexts.values()].find(({ id, name }) => text === undefined || text === name || text === String(id));
  return {
    context: (contextId) => existing(contexts.get(contextId)),
    person: (contextId, userId) =>
      existing(persons.find((person) => person.contextId === contextId && person.userId === userId)),
    byLogin: (login) => {
      const at = login.lastIndexOf("@");
      const name = at < 0 ? login : login.slice(0, at);
      const context = contextOf(at < 0 ? undefined : login.slice(at + 1));
      return existing(persons.find((person) => person.name === name && person.contextId === context?.id));
    },
  };
}

const existing = <T extends { readonly exists: boolean }>(thing: T | undefined): T | undefined =>
  thing?.exists === true ? thing : undefined;
