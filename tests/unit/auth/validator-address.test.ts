import { expect, test } from "@jest/globals";
import { createMemorySessionStore, createValidator, type IpCheckRules, type Session } from "../../../auth/index.ts";
import type { SessionRequest, Verdict } from "../../../auth/index.ts";
import { exampleContext, exampleSession, exampleUser } from "../../support/example-session.ts";

const home = "192.0.2.1";
const elsewhere = "198.51.100.7";

/** Validates a request from this address; the hash source is `remember`, so that each client has its cookie. */
async function validate(
  session: Session,
  rules: Partial<IpCheckRules>,
  request: Pick<SessionRequest, "purpose" | "address">,
): Promise<{ readonly verdict: Verdict; readonly kept: Session | undefined }> {
  const onFault = (fault: unknown): void => {
    throw fault;
  };
  const limits = {
    maxSessions: 9,
    maxSessionsPerUser: 0,
    maxSessionsPerClient: 0,
    shortLifeMs: 1_000,
    longLifeMs: 1_000,
  };
  const sessions = createMemorySessionStore({ nowMs: () => 0, limits: () => limits, onFault });
  await sessions.add(session);
  const none: IpCheckRules = { mode: "none", maskV4: undefined, maskV6: undefined, roamingClients: [], exempt: [] };
  const validator = createValidator({
    sessions,
    directory: { context: () => Promise.resolve(exampleContext()), user: () => Promise.resolve(exampleUser()) },
    hashRules: { source: "remember", salt: "", fields: [] },
    ipCheckFor: () => ({ ...none, ...rules }),
    mayOpen: () => true,
    onFault,
  });
  const verdict = await validator({
    sessionId: session.id,
    cookies: { [`open-xchange-secret-${session.hash}`]: session.secret },
    headers: {},
    path: "/ajax/capabilities",
    ...request,
  });
  return { verdict, kept: await sessions.peek(session.id) };
}

interface Case {
  readonly name: string;
  readonly rules: Partial<IpCheckRules>;
  readonly client?: string;
  readonly address: string | undefined;
  readonly boundTo: string;
}

test.each<Case>([
  { name: "without a check", rules: {}, address: elsewhere, boundTo: elsewhere },
  { name: "of a synchronizing client", rules: {}, client: "USM-EAS", address: elsewhere, boundTo: home },
  { name: "from an unknown address", rules: {}, address: undefined, boundTo: home },
  { name: "from an excepted network", rules: { mode: "strict", maskV4: 0 }, address: elsewhere, boundTo: home },
  {
    name: "of a roaming client",
    rules: { mode: "strict", roamingClients: ["open-xchange-*"] },
    address: elsewhere,
    boundTo: elsewhere,
  },
])(
  "a request $name leaves its session bound to $boundTo, a socket as it was",
  async ({ rules, client, address, boundTo }) => {
    const session = exampleSession({ localIp: home, ...(client === undefined ? {} : { client }) });
    const socket = await validate(session, rules, { purpose: "socket", address });
    expect(socket).toMatchObject({ verdict: { ok: true, session }, kept: session });
    const request = await validate(session, rules, { purpose: "request", address });
    expect(request).toMatchObject({ verdict: { ok: true, session: { localIp: boundTo } }, kept: { localIp: boundTo } });
  },
);
