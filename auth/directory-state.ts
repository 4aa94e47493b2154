/** Users and contexts as one unchanging state, with what differs between two of them. Pure: files are read elsewhere. */

import type { ListedDirectory, ListedUser } from "./directory-file.ts";
import type { Context, DirectoryChange, User } from "./directory.ts";

/** A user with what proves it. */
export interface Account {
  readonly user: User;
  /** A scrypt string, taken apart when it is compared with: a directory may have very many. */
  readonly password: string;
}

export interface DirectoryState {
  context(id: number): Context | undefined;
  account(contextId: number, userId: number): Account | undefined;
  /** By login name: `USER`, `USER@CONTEXTNAME`, `USER@CONTEXTID`; without a context the default one's. */
  byLogin(login: string): Account | undefined;
  /** A context by name or id, a user by id or by login without context; undefined: there is no such context. */
  identify(context: string, user: string): Identified | undefined;
  /** In the order of the file. */
  readonly contexts: readonly Context[];
  readonly accounts: readonly Account[];
}

/** Whom somebody means. */
export interface Identified {
  readonly contextId: number;
  /** Undefined: a login that nobody there has. A number stands for itself, whoever has it. */
  readonly userId: number | undefined;
  readonly login: string | undefined;
}

export function directoryState(listed: ListedDirectory): DirectoryState {
  const contexts = listed.contexts.map(({ id, name, enabled }) => ({ id, name, enabled }));
  const accounts = listed.contexts.flatMap(({ id, users }) => users.map((user) => accountOf(id, user)));
  const byId = new Map(contexts.map((context) => [context.id, context]));
  const byName = new Map(contexts.map((context) => [context.name, context.id]));
  const byUser = new Map(contexts.map(({ id }) => [id, new Map<number, Account>()]));
  for (const account of accounts) byUser.get(account.user.contextId)?.set(account.user.id, account);
  const byLogin = new Map(accounts.map((account) => [loginKey(account.user.contextId, account.user.login), account]));
  const defaultContext = listed.defaultContext ?? contexts[0]?.id;
  const accountIn = (contextId: number, userId: number): Account | undefined => byUser.get(contextId)?.get(userId);
  const contextIdOf = (name: string | undefined): number | undefined => {
    if (name === undefined) return defaultContext;
    return byName.get(name) ?? (/^\d{1,10}$/.test(name) ? Number(name) : undefined);
  };
  return {
    context: (id) => byId.get(id),
    account: accountIn,
    byLogin: (login) => {
      const at = login.lastIndexOf("@");
      const contextId = contextIdOf(at < 0 ? undefined : login.slice(at + 1));
      return contextId === undefined
        ? undefined
        : byLogin.get(loginKey(contextId, at < 0 ? login : login.slice(0, at)));
    },
    identify: (context, user) => {
      const contextId = contextIdOf(context);
      if (contextId === undefined) return undefined;
      const id = /^\d{1,10}$/.test(user) ? Number(user) : undefined;
      const account =
        (id === undefined ? undefined : accountIn(contextId, id)) ?? byLogin.get(loginKey(contextId, user));
      return { contextId, userId: account?.user.id ?? id, login: account?.user.login };
    },
    contexts,
    accounts,
  };
}

/** What a new state takes from sessions of the old one. What is gone counts as disabled. */
export function changeBetween(before: DirectoryState, after: DirectoryState): DirectoryChange {
  const lostContexts = before.contexts.filter(({ id, enabled }) => enabled && after.context(id)?.enabled !== true);
  const lostUsers = before.accounts.filter(
    ({ user }) => user.enabled && after.account(user.contextId, user.id)?.user.enabled !== true,
  );
  const changedPasswords = before.accounts.filter(({ user, password }) => {
    const now = after.account(user.contextId, user.id);
    return now !== undefined && now.password !== password;
  });
  const ref = ({ user }: Account): { contextId: number; userId: number } => ({
    contextId: user.contextId,
    userId: user.id,
  });
  return {
    disabledContexts: lostContexts.map(({ id }) => id),
    disabledUsers: lostUsers.map(ref),
    changedPasswords: changedPasswords.map(ref),
  };
}

const accountOf = (contextId: number, listed: ListedUser): Account => {
  const { id, login, locale, enabled, guest, multifactor, capabilities, password } = listed;
  return {
    user: { contextId, id, login, locale, enabled, guest, multifactor, capabilities },
    password,
  };
};

const loginKey = (contextId: number, login: string): string => `${contextId}:${login}`;
