/** What a session is: the record kept in a session store. Its ids and secret never appear in logs or metrics. */

export interface Session {
  /** 32 lower-case hex characters. */
  readonly id: string;
  /** Value of the secret cookie, 32 lower-case hex characters. */
  readonly secret: string;
  /** Id of the public session, 32 lower-case hex characters. */
  readonly altId: string;
  /** Trace id of the login; unique among the live sessions. */
  readonly authId: string;
  readonly contextId: number;
  readonly userId: number;
  /** The user part of the login. */
  readonly userLogin: string;
  /** The name as it was typed at login. */
  readonly login: string;
  /** For example `en_US`. */
  readonly locale: string;
  /** Client id of the login, for example `open-xchange-appsuite`. */
  readonly client: string;
  readonly userAgent: string;
  /** The address that the session is bound to. */
  readonly localIp: string;
  /** The cookie hash as computed at login, for hash source `remember`. */
  readonly hash: string;
  readonly staySignedIn: boolean;
  readonly guest: boolean;
  /** Multifactor authentication is required for this session. */
  readonly multifactor: boolean;
  /** Multifactor authentication was done. */
  readonly multifactorAuthenticated: boolean;
  /** Scopes of a restricted session; absent: not restricted. */
  readonly restricted?: string;
  /** Milliseconds since the epoch. */
  readonly createdAtMs: number;
  /** When all cookies of the session were last written, milliseconds since the epoch; absent: at its login. */
  readonly cookiesWrittenAtMs?: number;
}

/** True while the session still waits for its second factor. */
export const isMultifactorPending = (session: Session): boolean =>
  session.multifactor && !session.multifactorAuthenticated;
