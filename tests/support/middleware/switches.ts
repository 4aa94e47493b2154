/** What a test, or somebody at the control endpoint, may change about the stand-in while it runs. */
import { z } from "zod";
import { shippedSalt } from "./cookie-names.ts";

const texts = z.array(z.string()).readonly();

export const switchesSchema = z.strictObject({
  /** `old`: separate codes for a wrong secret (SES-0206) and a changed address (SES-0205), as up to 7.10.3. */
  errors: z.enum(["new", "old"]),
  /** `strict`: a session whose address changes is removed. */
  ipCheck: z.enum(["none", "strict"]),
  /** `/24` or `24`: addresses within one subnet of this size count as the same. Empty: none do. */
  ipMaskV4: z.string(),
  ipMaskV6: z.string(),
  /** Patterns of clients that may change their address; `*` stands for any text. */
  ipCheckWhitelist: texts,
  /** Lines of `noipcheck.cnf`: addresses, or ranges in CIDR form, that are never checked. */
  noIpCheck: texts,
  considerXForwards: z.boolean(),
  /** Addresses or CIDR ranges whose forwarding headers are believed. */
  knownProxies: texts,
  hashSource: z.enum(["calculate", "remember"]),
  hashSalt: z.string(),
  /** Names of request headers that count in the hash. */
  hashFields: texts,
  autologin: z.boolean(),
  /** Milliseconds without a touch after which a session is over. */
  sessionLifeMs: z.number().positive(),
  /** Older releases: the REST look-up keeps a session alive. */
  peekTouches: z.boolean(),
  basicAuthLogin: z.string(),
  basicAuthPassword: z.string(),
});

export type Switches = z.output<typeof switchesSchema>;

/** The middleware's own defaults where it has one. */
export const usualSwitches: Switches = {
  errors: "new",
  ipCheck: "none",
  ipMaskV4: "",
  ipMaskV6: "",
  ipCheckWhitelist: ["open-xchange-mailapp", "open-xchange-mobile-api-facade"],
  noIpCheck: [],
  considerXForwards: false,
  knownProxies: [],
  hashSource: "calculate",
  hashSalt: shippedSalt,
  hashFields: [],
  autologin: false,
  sessionLifeMs: 3_600_000,
  peekTouches: false,
  basicAuthLogin: "rest",
  basicAuthPassword: "rest",
};
