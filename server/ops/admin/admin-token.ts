/**
 * The token that the admin API asks for: the one that is set, else one made at the start and left in a file for the
 * command line. A reload applies: a token that is set takes the made one and its file away.
 */
import type { TokenFile } from "./token-file.ts";

export interface AdminToken {
  /** The token that counts at this moment. */
  readonly current: () => string;
  /** Leaves the made token where the command line finds it. Resolves also when that cannot be done: it is told. */
  start(internalUrl: string): Promise<void>;
  stop(): Promise<void>;
}

export interface AdminTokenDeps {
  /** The token that is set, at this moment. */
  readonly configured: () => string | undefined;
  /** Calls back when it may have changed; returns the function that ends it. */
  readonly onChange: (listener: () => void) => () => void;
  readonly newToken: () => string;
  readonly fileFor: (internalUrl: string) => TokenFile;
  /** Somebody who runs the node should know. */
  readonly warn: (message: string) => void;
}

export function createAdminToken({ configured, onChange, newToken, fileFor, warn }: AdminTokenDeps): AdminToken {
  const made = newToken();
  let file: TokenFile | undefined;
  let pending = Promise.resolve(); // one step after the other: a reload may come while a file is written
  const follow = (): Promise<void> =>
    (pending = pending
      .then(async () => {
        if (file === undefined) return;
        await (configured() === undefined ? file.write(made) : file.remove());
      })
      .catch((fault: unknown) => {
        const why = fault instanceof Error ? fault.message : String(fault);
        warn(`the admin token cannot be left for the command line: ${why}`);
      }));
  let unfollow = (): void => undefined;
  return {
    current: () => configured() ?? made,
    start: async (internalUrl) => {
      file = fileFor(internalUrl);
      unfollow = onChange(() => void follow());
      await follow();
    },
    stop: async () => {
      unfollow();
      await pending;
      await file?.remove().catch(() => undefined); // what it says is worth nothing any more
      file = undefined;
    },
  };
}
