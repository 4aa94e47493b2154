/**
 * A private Dovecot 2.3 in a temporary directory, set up to tell a notify URL of new mail as an operator would set it
 * up for the App Suite. Any login exists, its password is `secret`. Runs as root as well as an ordinary user.
 * Not here: the answering side, and any other mail server.
 */
import { spawn } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { startProgram } from "./child-process.ts";
import { freePorts } from "./free-ports.ts";
import { waitFor, within } from "./wait-for.ts";

export interface DovecotOptions {
  /** Where new mail is told, credentials included: `http://rest:rest@127.0.0.1:PORT/preliminary/http-notify/v1/notify` */
  readonly notifyUrl: string;
}

export interface Dovecot {
  readonly imapPort: number;
  /** Sets the METADATA that makes Dovecot tell of this login's mail; `user` is `<user id>@<context id>`. */
  register(login: string, user: string): Promise<void>;
  /** Hands in a whole mail (headers, empty line, text) as another mail server would. Resolves when it is stored. */
  deliverByLmtp(login: string, mail: string): Promise<void>;
  /** Hands in a whole mail through the local delivery agent. Resolves when it is stored. */
  deliverByLda(login: string, mail: string): Promise<void>;
  /** What it has logged, one line for each failed notification among it. */
  log(): string;
  /** May be called twice. */
  stop(): Promise<void>;
}

const deliveryAgent = "/usr/lib/dovecot/dovecot-lda";

/** @throws Error with what Dovecot printed, when it does not start */
export async function startDovecot({ notifyUrl }: DovecotOptions): Promise<Dovecot> {
  const directory = await mkdtemp(join(tmpdir(), "oxbow-dovecot-"));
  await chmod(directory, 0o777); // its processes run as several users
  const [imapPort, lmtpPort] = (await freePorts(2)) as readonly [number, number];
  const config = join(directory, "dovecot.conf");
  await writeFile(config, configuration({ directory, imapPort, lmtpPort, notifyUrl }));
  const server = startProgram("/usr/sbin/dovecot", ["-F", "-c", config]);
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    server.signal("SIGTERM"); // lets it end its children
    await within("Dovecot ends", server.ended, 5_000).catch(() => server.kill());
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await server.printed(/starting up for/, 10_000);
    for (const port of [imapPort, lmtpPort]) await waitFor(`Dovecot listens on ${port}`, () => isListening(port));
  } catch (fault) {
    await stop();
    throw fault;
  }
  return {
    imapPort,
    register: (login, user) =>
      run("doveadm", [
        ...["-c", config, "mailbox", "metadata", "set", "-u", login, "-s", ""],
        ...["/private/vendor/vendor.dovecot/http-notify", `user=${user}`],
      ]),
    deliverByLmtp: (login, mail) => deliverByLmtp(lmtpPort, login, mail),
    deliverByLda: (login, mail) => run(deliveryAgent, ["-c", config, "-d", login], mail),
    log: () => server.output(),
    stop: () => (stopped ??= stop()),
  };
}

function configuration(options: {
  readonly directory: string;
  readonly imapPort: number;
  readonly lmtpPort: number;
  readonly notifyUrl: string;
}): string {
  const { directory, imapPort, lmtpPort, notifyUrl } = options;
  const isRoot = userInfo().uid === 0;
  // Started by root it must not keep mail as root; started by a user it can be nobody else.
  const own = userInfo().username;
  const users = isRoot ? { inner: "dovecot", login: "dovenull" } : { inner: own, login: own };
  const group = isRoot ? "default_internal_group = dovecot" : "default_internal_group =";
  return `
base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = /dev/stderr
protocols = imap lmtp
ssl = no
disable_plaintext_auth = no
default_internal_user = ${users.inner}
default_login_user = ${users.login}
${group}
mail_uid = ${users.inner}
mail_gid = ${isRoot ? "dovecot" : String(userInfo().gid)}
first_valid_uid = 1
mail_home = ${directory}/mail/%n
mail_location = maildir:~/Maildir
mail_attribute_dict = file:%h/dovecot-attributes
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = allow_all_users=yes
}
service imap-login {
  chroot =
  inet_listener imap {
    address = 127.0.0.1
    port = ${imapPort}
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${lmtpPort}
  }
}
service anvil {
  chroot =
}
service auth {
  unix_listener auth-userdb {
    mode = 0666
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
protocol imap {
  imap_metadata = yes
}
protocol lmtp {
  mail_plugins = $mail_plugins notify push_notification
}
protocol lda {
  mail_plugins = $mail_plugins notify push_notification
}
plugin {
  push_notification_driver = ox:url=${notifyUrl.replaceAll("%", "%%")} user_from_metadata
}
`;
}

async function run(command: string, args: readonly string[], input = ""): Promise<void> {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${command} ended with ${String(code)}: ${output}`);
}

/** One delivery in the words of LMTP (RFC 2033); every answer must be a good one. */
async function deliverByLmtp(port: number, login: string, mail: string): Promise<void> {
  const socket = connect({ host: "127.0.0.1", port });
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const answered = async (good: RegExp): Promise<void> => {
    for (;;) {
      const line = await lines.next();
      const text = line.done === true ? "the end of the connection" : line.value;
      if (line.done !== true && /^\d{3}-/.test(text)) continue; // more lines of the same answer follow
      if (!good.test(text)) throw new Error(`LMTP answered ${text}`);
      return;
    }
  };
  try {
    await answered(/^220/);
    const escaped = mail.replaceAll(/\r?\n/g, "\r\n").replaceAll(/^\./gm, "..");
    for (const [command, good] of [
      ["LHLO localhost", /^250/],
      ["MAIL FROM:<sender@example.org>", /^250/],
      [`RCPT TO:<${login}>`, /^250/],
      ["DATA", /^354/],
      [`${escaped}\r\n.`, /^250/],
    ] as const) {
      socket.write(`${command}\r\n`);
      await answered(good);
    }
  } finally {
    socket.destroy();
  }
}

const isListening = async (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => {
      resolve(false);
    });
  });
